/** For the bundlers of this repository: the threads' start is ours, in place of wasm-bindgen-rayon's. See `pool.ts`. */
import { fileURLToPath } from "node:url";

/** As Vite's `resolve.alias` takes it. */
export const ownPool = {
  find: /^.*\/snippets\/wasm-bindgen-rayon-[^/]+\/src\/workerHelpers\.js$/,
  replacement: fileURLToPath(new URL("./pool.ts", import.meta.url)),
};
