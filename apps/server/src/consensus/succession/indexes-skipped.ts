/**
 * The state of a succeeding cluster stands so far beyond what it took over: no ETag, `minIndex` or watch position that
 * the former cluster gave out later can then be taken for one of the new cluster.
 */
export const indexesSkipped = 1_000_000_000;
