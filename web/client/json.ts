/** What a caller gives, as the text of its JSON. */
import type { BlocklightError } from "./errors.js";

/**
 * The JSON of `value`.
 *
 * @throws What `refused` makes of why there is none, and of what was caught.
 */
export function jsonOf(value: unknown, refused: (why: string, cause?: unknown) => BlocklightError): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (error) {
    throw refused(String(error), error);
  }
  // No error to JavaScript: so it is with functions, and with whatever has a `toJSON` that gives nothing.
  if (text === undefined) {
    throw refused("it comes out as undefined");
  }
  return text;
}
