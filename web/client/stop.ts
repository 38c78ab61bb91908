/**
 * Word to the threads that nobody waits for them any more.
 *
 * Invariant: whoever is told so is thrown away, and never asked for anything again.
 */
import type { SharedTable } from "../../pkg/base/blocklight_wasm.js";

/**
 * Has every thread that computes on this memory wait at the next step of its work, to be ended: `terminate` ends a waiting worker at once, and
 * a busy one in Chromium only after two seconds.
 */
export function stopThreads(memory: WebAssembly.Memory, table: SharedTable): void {
  Atomics.store(new Uint32Array(memory.buffer, table.stop, 1), 0, 1);
}
