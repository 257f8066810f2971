type Stop = (signal: NodeJS.Signals) => Promise<never>;

/**
 * SIGTERM and SIGINT, listened to from the first line of the process to its last: as the first process of a container
 * a node without a listener would not hear them at all, and a signal between two listeners would be lost.
 */
export class StopSignals {
  /** Before anything is started there is nothing to close. */
  #stop: Stop = () => process.exit(0);
  #stopping: Promise<never> | undefined;

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const)
      process.on(signal, () => void (this.#stopping ??= this.#stop(signal)));
  }

  /** Set once the process has been told to stop; the second signal changes nothing. */
  get stopping(): Promise<never> | undefined {
    return this.#stopping;
  }

  answerWith(stop: Stop): void {
    this.#stop = stop;
  }
}
