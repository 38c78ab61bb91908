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

/** Bytes of an input as it comes, packed or not, where the sender says. */
export function lengthOf(sent: Sent): number | undefined {
  switch (sent.kind) {
    case "bytes":
      return sent.bytes.length;
    case "blob":
      return sent.blob.size;
    case "pieces":
      return sent.length;
  }
}

/**
 * Reads `sent` to its end into `bytes`, and tells `came` of bytes as they come, packed ones where it is gzip.
 *
 * @throws ReadFault, or the failure of `bytes` where they are too many.
 */
export async function readInto(bytes: InputBytes, sent: Sent, came: (bytes: number) => void): Promise<void> {
  const [first, rest] = await withStart(open(sent), GZIP.length, came);
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
  const length = lengthOf(sent);
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

function open(sent: Sent): Pieces {
  switch (sent.kind) {
    case "bytes":
      return only(sent.bytes);
    case "blob":
      return sent.blob.stream() as Pieces;
    case "pieces":
      return ofPort(sent.port);
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
      cancel: () => {
        // A piece may be on its way, and the stream takes no more.
        port.onmessage = null;
        ask("stop");
      },
    },
    { highWaterMark: AHEAD },
  );
}

/**
 * The first bytes, `length` of them where there are as many, and all of it as a stream again. `came` is told of the bytes of
 * each piece.
 */
async function withStart(
  pieces: Pieces,
  length: number,
  came: (bytes: number) => void,
): Promise<[Uint8Array, Pieces]> {
  const reader = pieces.getReader();
  const read = async () => {
    const piece = await reader.read().catch((error) => {
      throw error instanceof ReadFault ? error : new ReadFault("read", error);
    });
    if (!piece.done) {
      came(piece.value.length);
    }
    return piece;
  };
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
