/**
 * Firefox as the machine has it, driven by playwright over WebDriver BiDi. (Without a channel `moz-…` playwright would want
 * a Firefox of its own build.)
 */
import { existsSync } from "node:fs";
import { firefox } from "playwright-core";

const PLACES = [
  process.env.BLOCKLIGHT_FIREFOX,
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
];

/** Where it is, if it is here. */
export const findFirefox = () => PLACES.find((place) => place && existsSync(place));

/** What is said where it is not. */
export const NO_FIREFOX = "skipped: no Firefox is here, and apt has none";

/** The preferences that give every page of a browser the look that a context asks for: see `mended`. */
export function preferencesFor({ colorScheme = "light", reducedMotion = "no-preference" }) {
  return {
    "layout.css.prefers-color-scheme.content-override": colorScheme === "dark" ? 0 : 1,
    "ui.prefersReducedMotion": reducedMotion === "reduce" ? 1 : 0,
  };
}

export async function launchFirefox(preferences = preferencesFor({})) {
  const executablePath = findFirefox();
  if (!executablePath) {
    throw new Error("no Firefox found: set BLOCKLIGHT_FIREFOX to one");
  }
  const browser = await firefox.launch({
    channel: "moz-firefox",
    executablePath,
    firefoxUserPrefs: preferences,
    // It starts slowly on a busy machine.
    timeout: 120_000,
  });
  // No public way leads to the messages; playwright-core is pinned to one version.
  const { _transport: transport } = browser._connection.toImpl(browser)._connection;
  const hear = transport.onmessage;
  transport.onmessage = (message) => hear(mended(message));
  return browser;
}

/** A message of Firefox 153 as playwright 1.65, made for later ones, expects it. Later ones' own pass as they are. */
function mended(message) {
  const { type, error, method, params } = message;
  // Every context sends this, and cannot be had without an answer; preferences do instead.
  if (error === "unknown command" && message.message === "emulation.setMediaFeaturesOverride") {
    return { type: "success", id: message.id, result: {} };
  }
  // Playwright overlooks downloads that have no name of their own. The page makes an address for each.
  if (type === "event" && /^browsingContext\.download/.test(method)) {
    return { ...message, params: { ...params, download: params.download ?? params.url } };
  }
  return message;
}
