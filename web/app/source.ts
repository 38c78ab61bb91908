/** Where a block comes from: the embedded sample, files, pasted text; an RPC address has a file of its own. */
import sampleBlock from "../../tests/fixtures/sample-block.json.gz?url";
import sampleChain from "../../tests/fixtures/sample-chain.json?url";

/** What the client takes: one file that holds block and witness, or the two apart. */
export type BlockInput = { input: Blob } | { block: Blob; witness: Blob };

/** Told how many bytes have come, and how many there will be if that is known. */
export type OnBytes = (done: number, total: number) => void;

export interface BlockSource {
  /** As it is called in the middle of a sentence. */
  name: string;
  /** Read when its turn comes, as often as it is asked for; always the same block. */
  input: (signal: AbortSignal, onBytes: OnBytes) => Promise<BlockInput>;
  /** A name, an id or a genesis; undefined: the chain that the input names. */
  chain: (signal: AbortSignal) => Promise<string | number | undefined>;
}

/** The block made for this page, on a chain of its own. */
export const SAMPLE: BlockSource = {
  name: "the sample block",
  input: async (signal) => ({ input: await sampleFile(signal) }),
  chain: sampleGenesis,
};

/** The sample as it was packed. */
export async function sampleFile(signal: AbortSignal): Promise<Blob> {
  return (await get(sampleBlock, signal)).blob();
}

export async function sampleGenesis(signal: AbortSignal): Promise<string> {
  return (await get(sampleChain, signal)).text();
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, { signal });
  if (!response.ok) {
    throw new Error(`${url} could not be fetched: ${response.status} ${response.statusText}`);
  }
  return response;
}

/** What is in a file, gzip or not. (Some servers unpack a .gz by themselves.) */
export async function unpacked(packed: Blob): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const start = new Uint8Array(await packed.slice(0, 2).arrayBuffer());
  const zipped = start[0] === 0x1f && start[1] === 0x8b;
  return zipped ? packed.stream().pipeThrough(new DecompressionStream("gzip")) : packed.stream();
}

/** A file, or text that was pasted. */
export function blobSource(name: string, blob: Blob, chain: BlockSource["chain"]): BlockSource {
  return { name, input: async () => ({ input: blob }), chain };
}
