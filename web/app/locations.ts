/** The places in the state that most dependencies go through. */
import { byId, make } from "./dom.js";
import type { HotLocation } from "./story.js";
import { count, locationText } from "./words.js";

export function showLocations(hot: HotLocation[]): void {
  const most = Math.max(...hot.map(({ dependencies }) => dependencies), 1);
  const rows = hot.map(({ location, dependencies }) => {
    const name = make("th", "", locationText(location));
    name.scope = "row";
    name.title = "slot" in location ? `${location.slot} of ${location.address}` : location.address;
    const bar = make("span", "bar");
    bar.style.inlineSize = `${((100 * dependencies) / most).toFixed(1)}%`;
    const through = make("div", "through", make("span", "track", bar), make("span", "", count(dependencies)));
    return make("tr", "", name, make("td", "", through));
  });
  byId("locations").replaceChildren(...rows);
}
