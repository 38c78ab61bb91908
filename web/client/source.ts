/**
 * What may be verified, and how it gets to the worker.
 *
 * Invariant: no bytes are copied on the way: buffers are moved, files are read by the worker, streams go piece by piece.
 */
import { BlocklightError, InputError, OptionsError, ReadError } from "./errors.js";
import { jsonOf } from "./json.js";
import type { AskForPiece, Piece, Sent } from "./messages.js";

/**
 * A block, a witness, or a file with both, in any dialect, gzip or not.
 *
 * - `Response`, `ReadableStream`: read piece by piece, once
 * - `File`, `Blob`: read piece by piece
 * - `Uint8Array`, `ArrayBuffer`: moved, so that it is empty afterwards; a view on a part of a buffer is copied
 * - `string`: JSON or 0x-hex
 * - any other object: JSON, as a server answers it
 */
export type Source =
  | Response
  | ReadableStream<Uint8Array>
  | Blob
  | Uint8Array
  | ArrayBuffer
  | string
  | object;

/** A source that waits for its turn. */
export interface Waiting {
  /** As it is sent, and what is moved with it. Called once. */
  send(): { sent: Sent; transfer: Transferable[] };
  /** Called instead where its turn will never come, or is over. */
  abandon(reason: unknown): void;
  /** What broke the reading off, where that is known here and not to the worker. */
  readonly broken?: unknown;
}

/**
 * Takes hold of a source at once, so that what the caller does with it afterwards changes nothing.
 *
 * @throws ReadError where a response says that it failed, or a body was read before.
 * @throws InputError where an object has no JSON.
 * @throws OptionsError where it is nothing of what it may be.
 */
export function take(source: Source): Waiting {
  try {
    return takeAny(source);
  } catch (error) {
    // A Proxy looks like what it stands for, and the browser's own methods refuse it.
    throw error instanceof BlocklightError
      ? error
      : new OptionsError(`an input is not what it looks like: ${String(error)}`, { cause: error });
  }
}

function takeAny(source: Source): Waiting {
  if (source instanceof Response) {
    return takeResponse(source);
  }
  if (source instanceof ReadableStream) {
    return takeStream(source, undefined);
  }
  if (source instanceof Blob) {
    return { send: () => ({ sent: { kind: "blob", blob: source }, transfer: [] }), abandon: () => {} };
  }
  const bytes = takeBytes(source);
  return { send: () => ({ sent: { kind: "bytes", bytes }, transfer: [bytes.buffer] }), abandon: () => {} };
}

function takeResponse(response: Response): Waiting {
  if (!response.ok) {
    // Nobody will read what a server has to say of its failure.
    void response.body?.cancel().catch(() => {});
    throw new ReadError(
      `${response.url || "the response"}: ${response.status} ${response.statusText}`.trimEnd(),
    );
  }
  if (!response.body) {
    throw new ReadError(`${response.url || "the response"} has no body`);
  }
  // The length that counts is that of what comes out, which no header tells of a body that the browser unpacks.
  const length = response.headers.has("Content-Encoding")
    ? undefined
    : response.headers.get("Content-Length");
  return takeStream(response.body, length ? Number(length) : undefined);
}

function takeStream(stream: ReadableStream<Uint8Array>, length: number | undefined): Waiting {
  if (stream.locked) {
    throw new ReadError("the stream is being read, or was read before");
  }
  const reader = stream.getReader();
  const abandon = (reason: unknown) => void reader.cancel(reason).catch(() => {});
  let broken: unknown;
  return {
    get broken() {
      return broken;
    },
    send: () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = async ({ data }: MessageEvent<AskForPiece>) => {
        if (data === "stop") {
          abandon(undefined);
          port1.close();
          return;
        }
        const more = await postNext(reader, port1, (error) => {
          broken = error;
        });
        if (!more) {
          port1.close();
        }
      };
      const known = length !== undefined && Number.isSafeInteger(length) && length > 0;
      return {
        sent: { kind: "pieces", port: port2, length: known ? length : undefined },
        transfer: [port2],
      };
    },
    abandon,
  };
}

/** Answers what the worker asked for, always: it waits for that. Gives whether there may be more. */
async function postNext(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  port: MessagePort,
  broke: (error: unknown) => void,
): Promise<boolean> {
  const post = (piece: Piece, moved: Transferable[] = []) => port.postMessage(piece, moved);
  try {
    const { done, value } = await reader.read();
    if (done) {
      post({ kind: "end" });
      return false;
    }
    if (!(value instanceof Uint8Array)) {
      throw new TypeError("the stream gives something else than bytes");
    }
    const bytes = movable(value);
    // Fails where a stream gives a piece again that was moved away the first time.
    post({ kind: "piece", bytes }, [bytes.buffer]);
    return true;
  } catch (error) {
    broke(error);
    post({ kind: "broken", message: String(error) });
    return false;
  }
}

function takeBytes(source: Uint8Array | ArrayBuffer | string | object): Uint8Array<ArrayBuffer> {
  if (source instanceof ArrayBuffer) {
    return new Uint8Array(moved(source));
  }
  if (source instanceof Uint8Array) {
    const view = movable(source);
    return view === source ? new Uint8Array(moved(view.buffer)) : view;
  }
  if (typeof source === "string") {
    return new TextEncoder().encode(source);
  }
  return new TextEncoder().encode(json(source));
}

/**
 * Leaves the caller's buffer empty. (`ArrayBuffer.prototype.transfer` does as much, in browsers from 2024 on.)
 *
 * @throws ReadError where it was moved before.
 */
function moved(buffer: ArrayBuffer): ArrayBuffer {
  try {
    return structuredClone(buffer, { transfer: [buffer] });
  } catch (error) {
    throw new ReadError(
      "the bytes were moved away before, as by an earlier call: give a copy of them",
      error,
    );
  }
}

/** Bytes whose whole buffer may be moved: themselves, or a copy of a part or of shared memory. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const whole = buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength;
  return whole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

function json(value: object): string {
  if (typeof value !== "object" || value === null) {
    throw new OptionsError(`an input is a ${value === null ? "null" : typeof value}`, {
      advice:
        "It may be a Response, ReadableStream, File, Blob, Uint8Array, ArrayBuffer, text, or what a server answered.",
    });
  }
  if ("then" in value) {
    throw new OptionsError("an input is a promise", { advice: "`await` it first." });
  }
  return jsonOf(
    value,
    // A library's own objects, such as viem's blocks, have numbers as BigInt, which JSON has not.
    (why, cause) => new InputError(`the object has no JSON, give what the server answered: ${why}`, cause),
  );
}
