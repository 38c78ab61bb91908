/**
 * The service worker: keeps the page for when there is no network, and isolates it where its host cannot.
 *
 * Invariant: every answer it gives has the headers that threads need; whatever is not the page or one of its files is none of
 * its business, be it on other servers or beside the page on its own.
 */

// Filled in by the build (`vite.config.ts`): the files of the page, and a name that changes with them.
declare const __FILES__: string[];
declare const __VERSION__: string;

const scope = self as unknown as ServiceWorkerGlobalScope;
/** What the caches of this page are called, and of no other on the same origin. */
const OWN = `blocklight ${new URL(scope.registration.scope).pathname} `;
const CACHE = `${OWN}${__VERSION__}`;
/** The page, as it is asked for and kept. */
const PAGE = "./";
const FILES = __FILES__;
/** Where they are. The page has two names. */
const PATHS = new Set([...FILES, "./index.html"].map((file) => new URL(file, scope.location.href).pathname));

scope.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(CACHE);
      // Not what the browser's own cache has of an earlier version: the page's name stays the same while its files' change.
      await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache" })));
    })(),
  );
});

// It takes over with the next page, not the one that is open (no `clients.claim()`): Firefox waits for every worker of that
// page to take note, the threads of the pool sleep in an `Atomics.wait`, and until then nothing is answered.
scope.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(OWN) && name !== CACHE) {
          await caches.delete(name);
        }
      }
    })(),
  );
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  // A page at the root of its host has other people's pages below it.
  if (request.method === "GET" && origin === scope.location.origin && PATHS.has(pathname)) {
    event.respondWith(answer(request));
  }
});

/** A page comes from the network while there is one, so that it is never older than it must be; the rest is named by its contents. */
async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  if (request.mode !== "navigate") {
    return isolated((await cache.match(request)) ?? (await fetch(request)));
  }
  try {
    return isolated(await fetch(request));
  } catch (error) {
    // There is one page, whatever name for it somebody has kept: `./`, `index.html`.
    const kept = (await cache.match(request, { ignoreSearch: true })) ?? (await cache.match(PAGE));
    if (!kept) {
      throw error;
    }
    return isolated(kept);
  }
}

/** The same answer with the headers of a cross-origin isolated page, for hosts that send none. */
function isolated(response: Response): Response {
  if (response.type === "opaque" || response.type === "opaqueredirect" || response.status === 304) {
    return response;
  }
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}
