/** A node for tests: plain JSON-RPC on 127.0.0.1. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { gunzipSync } from "node:zlib";

/** What geth answered, of its block 17 on a chain of its own. */
export const ANSWERS = JSON.parse(
  gunzipSync(
    readFileSync(new URL("../fixtures/dialects/geth-debug_executionWitness.json.gz", import.meta.url)),
  ),
);

/**
 * A node that answers as geth did, or as `node.answer` says: a result, an error, a text or a status by method, or silence.
 * `node.open` counts the questions that wait for an answer and that nobody has given up.
 */
export async function startNode() {
  const node = { asked: [], answer: undefined, cors: true, gate: undefined, open: 0 };
  const server = createServer((request, response) => {
    const headers = node.cors
      ? { "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "content-type, authorization" }
      : {};
    if (request.method === "OPTIONS") {
      response.writeHead(204, headers).end();
      return;
    }
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", async () => {
      const { method, params, id } = JSON.parse(body);
      node.asked.push([method, ...params]);
      node.login = request.headers.authorization;
      node.open += 1;
      response.on("close", () => {
        node.open -= 1;
      });
      const own = node.answer?.(method) || undefined;
      if (own?.silent) {
        return;
      }
      if (own?.status) {
        response.writeHead(own.status, headers).end(own.text ?? "");
        return;
      }
      const result = method === "eth_chainId" ? "0x539" : ANSWERS[method];
      const text = own?.text ?? JSON.stringify({ jsonrpc: "2.0", id, ...(own ?? { result }) });
      response.writeHead(200, {
        ...headers,
        "Content-Type": "application/json",
        "Content-Length": text.length,
      });
      for (let at = 0; at < text.length; at += 20_000) {
        response.write(text.slice(at, at + 20_000));
        if (method === "debug_executionWitness") {
          await node.gate;
        }
      }
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  node.url = `http://127.0.0.1:${server.address().port}/`;
  node.breakOff = () => server.closeAllConnections();
  node.close = () => new Promise((resolve) => server.close(resolve) && server.closeAllConnections());
  return node;
}
