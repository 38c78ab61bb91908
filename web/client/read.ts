/**
 * Any source into wasm memory, unpacked where it is gzip. Runs in the worker.
 *
 * Invariant: at most a few pieces of an input are on the JavaScript heap at a time.
 */
import type { InputBytes } from "../../pkg/base/blocklight_wasm.js";
import type { ReadFailure } from "./failure.js";
import type { AskForPiece, Piece, Sent } from "./messages.js";

type Pieces = ReadableStream<Uint8Array<ArrayBuffer>>;

/** Thrown inside the worker; the client makes an error class of it. */
export class ReadFault extends Error {
  readonly failure: ReadFailure;

  constructor(code: ReadFailure["code"], cause: unknown) {
    super(String(cause), { cause });
    this.failure = { status: "error", code, message: this.message };
  }
}

/** Bytes that tell gzip from anything else. */
const GZIP = [0x1f, 0x8b] as const;
/** Pieces that are asked for ahead. */
const AHEAD = 4;

/**
 * Reads `sent` to its end into `bytes`.
 *
 * @throws ReadFault, or the failure of `bytes` where they are too many.
 */
export async function readInto(bytes: InputBytes, sent: Sent): Promise<void> {
  const { pieces, length } = open(sent);
  const [first, rest] = await withStart(pieces, GZIP.length);
  if (GZIP.every((byte, at) => first[at] === byte)) {
    // Not the caller's own types: a DecompressionStream takes any bytes.
    const unzip = new DecompressionStream("gzip") as TransformStream<
      Uint8Array<ArrayBuffer>,
      Uint8Array<ArrayBuffer>
    >;
    await drain(rest.pipeThrough(unzip), bytes, (error) =>
      error instanceof ReadFault ? error : new ReadFault("unzip", error),
    );
    return;
  }
  if (length !== undefined) {
    bytes.reserve(BigInt(length));
  }
  await drain(rest, bytes, (error) => error);
}

/** Moves every piece into wasm memory. `fault` says what an error of the stream is. */
async function drain(pieces: Pieces, bytes: InputBytes, fault: (error: unknown) => unknown): Promise<void> {
  const reader = pieces.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw fault(error);
    });
    if (done) {
      return;
    }
    try {
      bytes.append(value);
    } catch (error) {
      // A small file may unpack to more than there is memory: no need to see the end of it.
      void reader.cancel(error).catch(() => {});
      throw error;
    }
  }
}

function open(sent: Sent): { pieces: Pieces; length: number | undefined } {
  switch (sent.kind) {
    case "bytes":
      return { pieces: only(sent.bytes), length: sent.bytes.length };
    case "blob":
      return { pieces: sent.blob.stream() as Pieces, length: sent.blob.size };
    case "pieces":
      return { pieces: ofPort(sent.port), length: sent.length };
  }
}

function only(bytes: Uint8Array<ArrayBuffer>): Pieces {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });
}

function ofPort(port: MessagePort): Pieces {
  const ask = (what: AskForPiece) => port.postMessage(what);
  return new ReadableStream(
    {
      pull: (controller) =>
        new Promise<void>((resolve) => {
          port.onmessage = ({ data }: MessageEvent<Piece>) => {
            if (data.kind === "piece") {
              controller.enqueue(data.bytes);
            } else if (data.kind === "end") {
              controller.close();
            } else {
              controller.error(new ReadFault("read", data.message));
            }
            resolve();
          };
          ask("next");
        }),
      cancel: () => ask("stop"),
    },
    { highWaterMark: AHEAD },
  );
}

/** The first bytes, `length` of them where there are as many, and all of it as a stream again. */
async function withStart(pieces: Pieces, length: number): Promise<[Uint8Array, Pieces]> {
  const reader = pieces.getReader();
  const read = () =>
    reader.read().catch((error) => {
      throw error instanceof ReadFault ? error : new ReadFault("read", error);
    });
  let start = new Uint8Array();
  while (start.length < length) {
    const { done, value } = await read();
    if (done) {
      break;
    }
    start = start.length === 0 ? value : joined(start, value);
  }
  const whole: Pieces = new ReadableStream({
    start(controller) {
      if (start.length > 0) {
        controller.enqueue(start);
      }
    },
    async pull(controller) {
      const { done, value } = await read();
      if (done) {
        controller.close();
      } else {
        controller.enqueue(value);
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return [start, whole];
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
