/** The places in the state that most dependencies go through. */
import { copy } from "./copy.js";
import { byId, make } from "./dom.js";
import type { HotLocation } from "./story.js";
import { count, locationText } from "./words.js";

/** Shortens again what a row shows in full. */
let shorten = () => {};

export function showLocations(hot: HotLocation[]): void {
  const most = Math.max(...hot.map(({ dependencies }) => dependencies), 1);
  shorten = () => {};
  byId("locations").replaceChildren(...hot.map((one) => locationRow(one, most)));
}

function locationRow({ location, dependencies }: HotLocation, most: number): HTMLTableRowElement {
  const what = locationText(location);
  const whole = "slot" in location ? `${location.slot} of ${location.address}` : location.address;
  const name = make("th", "", what);
  name.scope = "row";
  name.title = whole;
  const button = make("button", "copy", make("span", "away", `Copy ${what}`));
  button.type = "button";
  button.title = whole;
  button.addEventListener("click", () => void copy(whole, what, button));
  const bar = make("span", "bar");
  bar.style.inlineSize = `${((100 * dependencies) / most).toFixed(1)}%`;
  const through = make("div", "through", make("span", "track", bar), make("span", "", count(dependencies)));
  const row = make("tr", "", name, make("td", "", through), make("td", "act", button));
  // Neither a finger nor a keyboard has titles shown.
  const lengthen = () => {
    shorten();
    name.textContent = locationText(location, (hex) => hex);
    shorten = () => {
      name.textContent = what;
    };
  };
  row.addEventListener("click", lengthen);
  // Not at a press: what moves from under the finger is not clicked.
  button.addEventListener("focus", () => button.matches(":focus-visible") && lengthen());
  return row;
}
