/** What examples name without saying where it comes from. */
import type { Source, Verifier } from "blocklight";

declare global {
  const block: Source;
  const witness: Source;
  const verifier: Verifier;
}
