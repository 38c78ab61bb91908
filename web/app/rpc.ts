/**
 * A block and its witness from a node: plain JSON-RPC over fetch.
 *
 * Invariant: nothing a node answers is believed here. It is handed on as it came, and the verifier judges it.
 */
import { PageError } from "./page-error.js";
import { withoutLogin } from "./settings.js";
import type { BlockInput, BlockSource, OnBytes } from "./source.js";

/** Why a node gave no block. Its `cause` is what was caught, or the code that the node gave. */
class RpcError extends PageError {
  override name = "RpcError";
}

/** Answers up to this many bytes are looked into for an error; a witness is larger, an error is not. */
const SMALL = 65_536;
const METHOD_NOT_FOUND = -32601;
const TAGS = ["latest", "safe", "finalized", "earliest", "pending"];

/**
 * The block `block` (a number, 0x-hex or decimal, or a tag) of the node at `address`. It is fetched once: what is run again
 * is the same block, even where a tag has moved on.
 */
export function rpcSource(address: string, block: string, chain: BlockSource["chain"]): BlockSource {
  let fetched: BlockInput | undefined;
  let chainId: number | undefined;
  return {
    name: `block ${block} of ${hostOf(address)}`,
    input: async (signal, onBytes) => {
      fetched ??= await fetchBlock(new Node(parse(address), signal, onBytes), blockParameter(block));
      return fetched;
    },
    chain: async () => {
      const asked = await chain();
      if (asked !== undefined) {
        return asked;
      }
      const node = new Node(parse(address), AbortSignal.timeout(30_000), () => {});
      chainId ??= Number(await node.value("eth_chainId", []));
      return chainId;
    },
  };
}

async function fetchBlock(node: Node, block: string): Promise<BlockInput> {
  const number = await node.find(block);
  const [body, witness] = await Promise.all([
    node.rawBlock(number),
    node.ask("debug_executionWitness", [number]),
  ]);
  return { block: body, witness };
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
    const found = await this.value("eth_getBlockByNumber", [block, false]);
    const { number }: { number?: unknown } = Object(found);
    if (typeof number !== "string") {
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

  /** A small answer's result. */
  async value(method: string, params: unknown[]): Promise<unknown> {
    const answer = await this.ask(method, params);
    const { result } = parseJson(await answer.text(), this.address, method);
    return result;
  }

  /** The answer as it came, unless it is an error. */
  async ask(method: string, params: unknown[]): Promise<Blob> {
    const response = await this.#post(method, params);
    if (!response.ok && response.status !== 400) {
      throw new RpcError(
        `${this.address.host} answered ${method} with HTTP ${response.status} ${response.statusText}.`,
        response.status === 401 || response.status === 403
          ? "It wants a key or a login: put it into the address (a login as https://name:password@…; the node must allow the header Authorization), or use a node of your own."
          : "Try again, or another node.",
      );
    }
    const answer = await this.#read(response);
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

  /** Counts what comes, for the progress bar. */
  async #read(response: Response): Promise<Blob> {
    this.#total += Number(response.headers.get("Content-Length") ?? 0);
    const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (piece, onwards) => {
        this.#done += piece.length;
        this.onBytes(this.#done, Math.max(this.#total, this.#done));
        onwards.enqueue(piece);
      },
    });
    // The browser gathers the pieces, outside the JavaScript heap.
    return new Response(response.body?.pipeThrough(counted)).blob();
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
  const code = "code" in error ? Number(error.code) : Number.NaN;
  const message = "message" in error ? String(error.message) : "no message";
  throw new RpcError(
    `The node refused ${method}: ${message} (${code}).`,
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
