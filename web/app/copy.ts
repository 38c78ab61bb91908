/** Text to the clipboard or into a file, with a word that it happened. */
import { byId, make } from "./dom.js";

/** Says something to who does not see the screen. */
export function announce(text: string): void {
  byId("announce").textContent = text;
}

/** Milliseconds for which a button shows what came of it. */
const SHOWN_FOR = 2500;

/** Copies, and says beside `button` what came of it. */
export async function copy(text: string, what: string, button: HTMLButtonElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(`Copied ${what}.`);
    showAt(button, "Copied");
  } catch (error) {
    announce(`${what} could not be copied: ${error}`);
    showAt(button, "Not copied");
  }
}

function showAt(button: HTMLButtonElement, outcome: string): void {
  button.parentElement?.querySelector(".came-of-it")?.remove();
  const said = make("span", "came-of-it", outcome);
  // Announced already.
  said.ariaHidden = "true";
  button.after(said);
  setTimeout(() => said.remove(), SHOWN_FOR);
}

/** Has the browser save `value` as a JSON file. */
export function saveJson(name: string, value: unknown): void {
  // Numbers beyond 2^53 come as BigInt, which JSON has no way to write but as text.
  const text = JSON.stringify(value, (_, item) => (typeof item === "bigint" ? item.toString() : item), 1);
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The download has its own hold on the data once it has begun.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  announce(`Saved ${name}.`);
}
