/**
 * A block and its witness from a node: plain JSON-RPC over fetch.
 *
 * Invariant: nothing a node answers is believed here. It is handed on as it came, and the verifier judges it.
 */
import { PageError } from "./page-error.js";
import { withoutLogin } from "./settings.js";
import type { BlockInput, BlockSource, OnBytes } from "./source.js";
import { bytes, lineOf } from "./words.js";

/** Why a node gave no block. Its `cause` is what was caught, or the code that the node gave. */
class RpcError extends PageError {
  override name = "RpcError";
}

/** Answers up to this many bytes are looked into for an error; a witness is larger, an error is not. */
const SMALL = 65_536;
/**
 * Bytes of a block without its transactions that are read here; thousands of hashes are some hundred kilobytes. What is read
 * here holds the page up, so more than that is refused.
 */
const LARGEST_BLOCK = 2_000_000;
/** Milliseconds for a node to name its chain. */
const PATIENCE = 30_000;
const METHOD_NOT_FOUND = -32601;
/** A number as a node writes it. */
const QUANTITY = /^0x[0-9a-fA-F]{1,16}$/;
const TAGS = ["latest", "safe", "finalized", "earliest", "pending"];

/**
 * The block `block` (a number, 0x-hex or decimal, or a tag) of the node at `address`. It is fetched once: what is run again
 * is the same block, even where a tag has moved on. Where `block` is a tag, `found` is told the number it stood for, in decimal.
 */
export function rpcSource(
  address: string,
  block: string,
  chain: BlockSource["chain"],
  found: (number: string) => void,
): BlockSource {
  let fetched: BlockInput | undefined;
  let chainId: number | undefined;
  return {
    name: `block ${block} of ${hostOf(address)}`,
    input: async (signal, onBytes) => {
      if (!fetched) {
        const parameter = blockParameter(block);
        const { number, ...input } = await fetchBlock(new Node(parse(address), signal, onBytes), parameter);
        fetched = input;
        if (TAGS.includes(parameter)) {
          found(BigInt(number).toString());
        }
      }
      return fetched;
    },
    chain: async (signal) => {
      const asked = await chain(signal);
      if (asked !== undefined) {
        return asked;
      }
      chainId ??= await fetchChainId(parse(address), signal);
      return chainId;
    },
  };
}

async function fetchBlock(node: Node, block: string): Promise<BlockInput & { number: string }> {
  const number = await node.find(block);
  const [body, witness] = await Promise.all([
    node.rawBlock(number),
    node.ask("debug_executionWitness", [number]),
  ]);
  return { number, block: body, witness };
}

/** The id of the chain that the node is on. Nobody waits for it without end. */
async function fetchChainId(address: URL, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const own = new AbortController();
  const abort = () => own.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => {
    const silent = `${address.host} did not answer eth_chainId within ${PATIENCE / 1000} seconds.`;
    own.abort(new RpcError(silent, "Try again, or another node."));
  }, PATIENCE);
  try {
    const id = await new Node(address, own.signal, () => {}).value("eth_chainId", [], SMALL);
    if (typeof id === "string" && QUANTITY.test(id) && Number.isSafeInteger(Number(id))) {
      return Number(id);
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
  throw new RpcError(
    `${address.host} did not answer eth_chainId with a number.`,
    "Choose the block's chain yourself, or ask another node.",
  );
}

class Node {
  #done = 0;
  #total = 0;

  constructor(
    readonly address: URL,
    readonly signal: AbortSignal,
    readonly onBytes: OnBytes,
  ) {}

  /** A tag may move between two questions, so it is asked for once. */
  async find(block: string): Promise<string> {
    const found = await this.value("eth_getBlockByNumber", [block, false], LARGEST_BLOCK);
    const { number }: { number?: unknown } = Object(found);
    if (typeof number !== "string" || !QUANTITY.test(number)) {
      throw new RpcError(`The node has no block ${block}.`, "Give a number that it has reached, or a tag.");
    }
    return number;
  }

  /** The block's own bytes where the node gives them, else its JSON. */
  async rawBlock(number: string): Promise<Blob> {
    try {
      return await this.ask("debug_getRawBlock", [number]);
    } catch (error) {
      if (error instanceof RpcError && error.cause === METHOD_NOT_FOUND) {
        return this.ask("eth_getBlockByNumber", [number, true]);
      }
      throw error;
    }
  }

  /** The result of an answer of at most so many bytes. */
  async value(method: string, params: unknown[], most: number): Promise<unknown> {
    const answer = await this.ask(method, params, most);
    const { result } = parseJson(await answer.text(), this.address, method);
    return result;
  }

  /** The answer as it came, unless it is an error or has more than `most` bytes. */
  async ask(method: string, params: unknown[], most = Number.POSITIVE_INFINITY): Promise<Blob> {
    const response = await this.#post(method, params);
    if (!response.ok && response.status !== 400) {
      throw new RpcError(
        `${this.address.host} answered ${method} with HTTP ${response.status} ${lineOf(response.statusText)}.`,
        response.status === 401 || response.status === 403
          ? "It wants a key or a login: put it into the address (a login as https://name:password@…; the node must allow the header Authorization), or use a node of your own."
          : "Try again, or another node.",
      );
    }
    const answer = await this.#read(response, method, most);
    if (answer.size <= SMALL) {
      refuseError(parseJson(await answer.text(), this.address, method), method);
    }
    return answer;
  }

  async #post(method: string, params: unknown[]): Promise<Response> {
    try {
      return await fetch(withoutLogin(this.address), {
        method: "POST",
        headers: { "Content-Type": "application/json", ...loginOf(this.address) },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
        credentials: "omit",
        signal: this.signal,
      });
    } catch (error) {
      this.signal.throwIfAborted();
      throw unreachable(this.address, error);
    }
  }

  /** Counts what comes, for the progress bar, and refuses what is more than `most`. */
  async #read(response: Response, method: string, most: number): Promise<Blob> {
    this.#total += Number(response.headers.get("Content-Length") ?? 0);
    const { host } = this.address;
    let size = 0;
    const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (piece, onwards) => {
        size += piece.length;
        if (size > most) {
          throw new Error("too much");
        }
        this.#done += piece.length;
        this.onBytes(this.#done, Math.max(this.#total, this.#done));
        onwards.enqueue(piece);
      },
    });
    try {
      // The browser gathers the pieces, outside the JavaScript heap.
      return await new Response(response.body?.pipeThrough(counted)).blob();
    } catch (error) {
      this.signal.throwIfAborted();
      // Browsers differ in what is left here of an error from within the stream.
      throw size > most
        ? new RpcError(`${host} answered ${method} with more than ${bytes(most)}.`, "Try another node.")
        : new RpcError(`${host} broke off its answer to ${method}.`, "Try again, or another node.", error);
    }
  }
}

/** `fetch` refuses addresses with a login, so it goes as the header that it stands for (RFC 7617). */
function loginOf({ username, password }: URL): { Authorization?: string } {
  if (username === "" && password === "") {
    return {};
  }
  const login = new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`);
  return { Authorization: `Basic ${btoa(String.fromCharCode(...login))}` };
}

/** A part of an address without its escapes; as it stands where they are none. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A browser does not say why it let a page have no answer, so all causes are named. */
function unreachable(address: URL, cause: unknown): RpcError {
  const local = ["localhost", "127.0.0.1"].includes(address.hostname);
  if (location.protocol === "https:" && address.protocol === "http:" && !local) {
    return new RpcError(
      `This page may not ask ${address.host} over plain http.`,
      "A page that came by https can only ask https addresses, and localhost.",
      cause,
    );
  }
  return new RpcError(
    `${address.host} could not be asked from this page.`,
    `Either nothing answers at ${withoutLogin(address)}, or it does not allow pages of ${location.origin} to read its answers (CORS)` +
      `${loginOf(address).Authorization ? " or to send a login" : ""}. ` +
      (address.protocol === "http:" && !local
        ? "Or this page's content security policy forbids it: by plain http it allows localhost and 127.0.0.1 alone, so a node in your network needs https or a tunnel. "
        : "") +
      `A node of your own allows it with: geth --http --http.api eth,debug --http.corsdomain ${location.origin}, ` +
      `or reth node --http --http.api eth,debug --http.corsdomain ${location.origin}.`,
    cause,
  );
}

function refuseError({ error }: { error?: unknown }, method: string): void {
  if (typeof error !== "object" || error === null) {
    return;
  }
  const { code: given, message: said }: { code?: unknown; message?: unknown } = error;
  const code = typeof given === "number" ? given : Number.NaN;
  const message = typeof said === "string" ? lineOf(said) : "no message";
  throw new RpcError(
    `The node refused ${method}: ${message}${Number.isNaN(code) ? "" : ` (${code})`}.`,
    code === METHOD_NOT_FOUND
      ? `It does not offer ${method}. reth and geth do, where --http.api has debug; most public nodes do not.`
      : "It may not keep the state of that block: try a newer one, or a node that does.",
    code,
  );
}

function parseJson(text: string, address: URL, method: string): { result?: unknown; error?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) {
      return value;
    }
  } catch {
    // Told below.
  }
  throw new RpcError(
    `${address.host} did not answer ${method} with JSON-RPC.`,
    "Is this the address of an Ethereum node's HTTP interface?",
  );
}

function parse(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new RpcError(`“${address}” is no RPC address.`, "It starts with http:// or https://.");
  }
  return url;
}

function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).host : address;
}

/** The block as JSON-RPC names it. */
function blockParameter(block: string): string {
  const text = block.trim();
  if (TAGS.includes(text) || /^0x[0-9a-fA-F]+$/.test(text)) {
    return text;
  }
  if (/^\d+$/.test(text)) {
    return `0x${BigInt(text).toString(16)}`;
  }
  throw new RpcError(`“${block}” is no block.`, `Give a number or one of: ${TAGS.join(", ")}.`);
}
