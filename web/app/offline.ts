/** Registers the service worker, once the first verdict is there: it fetches all there is, which must not compete. */
import { byId } from "./dom.js";

export async function workOffline(): Promise<void> {
  // The development server has no built worker, and would not want its files kept.
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) {
    return;
  }
  await firstVerdict();
  try {
    await navigator.serviceWorker.register("./sw.js");
    await navigator.serviceWorker.ready;
    const isolated = crossOriginIsolated ? "" : " Reload it, and it runs on all threads.";
    byId("offline").textContent = `This page now works offline.${isolated}`;
  } catch {
    // It works as before, online.
  }
}

function firstVerdict(): Promise<void> {
  return new Promise((resolve) => {
    const verdict = byId("verdict");
    const isThere = () => verdict.dataset.status !== "working";
    if (isThere()) {
      resolve();
      return;
    }
    const observer = new MutationObserver(() => {
      if (isThere()) {
        observer.disconnect();
        resolve();
      }
    });
    observer.observe(verdict, { attributeFilter: ["data-status"] });
  });
}
