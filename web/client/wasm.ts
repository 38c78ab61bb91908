/**
 * The bundles' glue, and where their wasm lies.
 *
 * Invariant: nothing of a bundle is fetched before it is asked for; the glue is here already, so that the worker is one
 * file, without imports that some bundlers cannot split off a worker.
 */
import * as base from "../../pkg/base/blocklight_wasm.js";
import * as threads from "../../pkg/threads/blocklight_wasm.js";
import * as threadsWide from "../../pkg/threads-wide/blocklight_wasm.js";
import type { Bundle } from "./bundle.js";

export type ThreadsGlue = typeof threads;
/** What the worker calls of any bundle once it runs. */
export type Glue = Pick<
  ThreadsGlue,
  "InputBytes" | "sharedTable" | "threads" | "verifyFile" | "verifyPair" | "watchForFaults"
>;

/** The glue of `bundle`, and with it the pool where it has one. */
export function glueOf(bundle: "base"): typeof base;
export function glueOf(bundle: "threads" | "threads-wide"): ThreadsGlue;
export function glueOf(bundle: Bundle): typeof base | ThreadsGlue {
  switch (bundle) {
    case "base":
      return base;
    case "threads":
      return threads;
    case "threads-wide":
      return threadsWide;
  }
}

/** Where the package has the wasm of `bundle`. Spelt out, because bundlers look for exactly this to find a file. */
export function ownWasm(bundle: Bundle): URL {
  switch (bundle) {
    case "base":
      return new URL("../../pkg/base/blocklight_wasm_bg.wasm", import.meta.url);
    case "threads":
      return new URL("../../pkg/threads/blocklight_wasm_bg.wasm", import.meta.url);
    case "threads-wide":
      return new URL("../../pkg/threads-wide/blocklight_wasm_bg.wasm", import.meta.url);
  }
}

/**
 * Fetches and compiles a module, while it arrives where the server says what it is.
 *
 * @throws Error that names the address.
 */
export async function compile(url: string | URL): Promise<WebAssembly.Module> {
  const response = await fetch(url).catch((error) => {
    throw new Error(`${url} could not be fetched: ${error}`);
  });
  if (!response.ok) {
    throw new Error(`${url} could not be fetched: ${response.status} ${response.statusText}`.trimEnd());
  }
  const streams = response.headers.get("Content-Type")?.startsWith("application/wasm");
  return streams ? WebAssembly.compileStreaming(response) : WebAssembly.compile(await response.arrayBuffer());
}
