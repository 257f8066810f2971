type Callback = (...values: unknown[]) => void;

/** Counts the timers that are set from now on and neither ran out nor were cleared. */
export function countOpenTimers(): { readonly size: number; stop(): void } {
  const open = new Set<unknown>();
  const { setTimeout: timeout, setInterval: interval, clearTimeout: clear, clearInterval: clearOther } = globalThis;
  const set = (original: (callback: Callback, ms?: number) => NodeJS.Timeout, runsOut: boolean) =>
    ((callback: Callback, ms?: number) => {
      const timer = original((...values) => {
        if (runsOut) open.delete(timer);
        callback(...values);
      }, ms);
      open.add(timer);
      return timer;
    }) as unknown as typeof globalThis.setTimeout;
  const unset = ((timer?: NodeJS.Timeout) => {
    open.delete(timer);
    clear(timer);
  }) as typeof globalThis.clearTimeout;
  const use = (functions: object): object => Object.assign(globalThis, functions);
  use({ setTimeout: set(timeout, true), setInterval: set(interval, false), clearTimeout: unset, clearInterval: unset });
  return {
    get size() {
      return open.size;
    },
    stop: () =>
      void use({ setTimeout: timeout, setInterval: interval, clearTimeout: clear, clearInterval: clearOther }),
  };
}
