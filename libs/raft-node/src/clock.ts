export interface Clock {
  /** Milliseconds since the epoch. May jump. */
  wall(): number;
  /** Milliseconds that only ever go on, on the scale of `performance.now()`. */
  monotonic(): number;
  /** Calls once when `ms` have passed; the result calls it off. Keeps no process alive. */
  after(ms: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, work) => {
    const timer = setTimeout(work, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
