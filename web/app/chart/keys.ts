/** What everything that takes arrow keys does alike. */

/** Whether a key belongs to the browser or the system: going back, for one, is Alt with an arrow. */
export function withModifier({ altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return altKey || ctrlKey || metaKey;
}

/**
 * Has a chart's words read out while keys change them. A pointer would have them read at every move, and what is picked in one
 * chart changes the words of the others as well.
 */
export function tellByKeys(chart: HTMLElement, words: HTMLElement): void {
  const live = (value: "polite" | "off") => () => {
    words.ariaLive = value;
  };
  // Before the chart itself hears of the key, and changes the words.
  chart.addEventListener("keydown", live("polite"), { capture: true });
  chart.addEventListener("pointermove", live("off"));
  chart.addEventListener("blur", live("off"));
}
