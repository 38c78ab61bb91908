/** Why the page has nothing to verify, and what can be done: our side's, never a verdict. */
export class PageError extends Error {
  override name = "PageError";

  constructor(
    readonly shortMessage: string,
    readonly advice: string,
    cause?: unknown,
  ) {
    super(`${shortMessage}\n${advice}`, cause === undefined ? undefined : { cause });
  }
}
