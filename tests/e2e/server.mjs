/** Serves a folder, usually dist/, on 127.0.0.1, with or without the headers that isolate a page. */
import { createReadStream, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
  ".json": "application/json",
  ".gz": "application/gzip",
};
/** As the file says that hosts are configured with. */
const ISOLATION = headersOf(readFileSync(new URL("../../web/app/public/_headers", import.meta.url), "utf8"));

/** The headers that a `_headers` file gives every path. */
export function headersOf(text) {
  const [, lines = ""] = /^\/\*\n((?: +.*\n?)+)/m.exec(text) ?? [];
  return Object.fromEntries(
    lines
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/: (.*)/, 2)),
  );
}

/**
 * `headers` go with every answer; what is not `under` its path is not there. `server.answer`, when set, is asked first and may answer by itself: it then returns true.
 * `server.alter`, when set, is asked of each file by path for text to put before it: scripts of workers that workers
 * start are out of reach of the browser's own interception.
 *
 * @returns {Promise<{ url: string, answer: ((request: any, response: any) => boolean) | undefined, alter: ((path: string) => string) | undefined, close: () => Promise<void> }>}
 */
export async function serve({ isolated, root = DIST, under = "/", headers = {} }) {
  await stat(root === DIST ? join(DIST, "index.html") : root).catch(() => {
    throw new Error(`${root} is not there: run \`make build\` first`);
  });
  const server = createServer(async (request, response) => {
    if (serving.answer?.(request, response)) {
      return;
    }
    const asked = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    if (!asked.startsWith(under)) {
      response.writeHead(404).end();
      return;
    }
    const path = `/${asked.slice(under.length)}`;
    const file = join(root, path.endsWith("/") ? `${path}index.html` : path);
    const found = await stat(file).catch(() => undefined);
    if (!file.startsWith(root) || !found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const before = serving.alter?.(path) ?? "";
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": found.size + Buffer.byteLength(before),
      "Cache-Control": "no-store",
      ...(isolated ? ISOLATION : {}),
      ...headers,
    });
    response.write(before);
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const serving = {
    answer: undefined,
    alter: undefined,
    url: `http://127.0.0.1:${server.address().port}${under}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
  return serving;
}
