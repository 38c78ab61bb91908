/** In which bundles a test is run that is run in both kinds; in a slice (BLOCKLIGHT_SLICE=1) in the one with threads alone. */
export const SLICED = process.env.BLOCKLIGHT_SLICE === "1";

const inASlice = ([threads, base]) => (SLICED ? [threads] : [threads, base]);

/** As the page's address picks them. */
export const QUERIES = inASlice(["?threads=2", "?bundle=base"]);

/** As the package's options do. */
export const OPTIONS = inASlice([{ bundle: "threads", threads: 2 }, { bundle: "base" }]);
