/** Upper bounds of the durations that requests are counted by, in seconds. */
export const durationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

export interface ReadLabels {
  readonly method: string;
  readonly route: string;
  readonly status: string;
}

/** Reads with the same labels whose durations lie between the same two bounds. */
export interface CountedReads extends ReadLabels {
  count: number;
  /** Of their durations, together. */
  seconds: number;
}

export type ReadCounts = readonly CountedReads[];

/** What a worker has answered since it told the node last. */
export class WorkerCounts {
  #counted = new Map<string, CountedReads>();

  add({ method, route, status }: ReadLabels, seconds: number): void {
    const bound = durationBounds.findIndex((bound) => seconds <= bound);
    const place = `${method} ${route} ${status} ${bound}`;
    const counted = this.#counted.get(place);
    if (counted) {
      counted.count += 1;
      counted.seconds += seconds;
    } else this.#counted.set(place, { method, route, status, count: 1, seconds });
  }

  take(): ReadCounts {
    const counts = [...this.#counted.values()];
    this.#counted = new Map();
    return counts;
  }
}
