/**
 * A block and its witness as two files, in any order.
 *
 * Invariant: which is which is never guessed; where neither names nor contents tell, that is an error.
 */
import { PageError } from "./page-error.js";
import { unpacked } from "./source.js";

/** Bytes of a file within which the first field of a witness is seen, envelope of JSON-RPC and all. */
const HEAD = 4096;
/** The fields of a witness; no block has one that is called so. */
const WITNESS_FIELD = /"(state|codes|keys|headers)"\s*:\s*[[{]/;

/**
 * Tells block and witness apart, by their names or else by their contents.
 *
 * @throws PageError where they cannot be told apart, or one cannot be read for it.
 */
export async function tellApart(first: File, second: File): Promise<{ block: File; witness: File }> {
  const named = only(first, second, [/witness/i.test(first.name), /witness/i.test(second.name)]);
  const found =
    named ?? only(first, second, await Promise.all([startsWitness(first), startsWitness(second)]));
  if (!found) {
    throw new PageError(
      `Of ${first.name} and ${second.name} it cannot be told which is the witness.`,
      "Give one file a name that has “witness” in it. A file that holds both block and witness is given alone.",
    );
  }
  return found;
}

/** The two as a pair, where exactly one is a witness. */
function only(
  first: File,
  second: File,
  [firstIs, secondIs]: [boolean, boolean],
): { block: File; witness: File } | undefined {
  if (firstIs === secondIs) {
    return undefined;
  }
  return firstIs ? { block: second, witness: first } : { block: first, witness: second };
}

async function startsWitness(file: File): Promise<boolean> {
  const stream = await unpacked(file).catch((error) => {
    throw new PageError(
      `${file.name} could not be read.`,
      "It may have been moved, renamed or changed since it was chosen: choose both files again.",
      error,
    );
  });
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let head = "";
  try {
    while (head.length < HEAD) {
      const { done, value } = await reader.read();
      if (done) {
        break;
      }
      head += decoder.decode(value.subarray(0, HEAD), { stream: true });
    }
  } catch {
    // What is wrong with a file that cannot be read is the verifier's to say.
  } finally {
    void reader.cancel().catch(() => {});
  }
  return WITNESS_FIELD.test(head.slice(0, HEAD));
}
