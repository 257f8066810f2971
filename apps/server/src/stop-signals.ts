import { say } from './common/say';

type Stop = (signal: NodeJS.Signals) => Promise<never>;

/** They would end the process at once, or open Node's inspector to whoever is on the machine. */
const meaningless = ['SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

/**
 * SIGTERM and SIGINT, listened to from the first line of the process to its last: as the first process of a container
 * a node without a listener would not hear them at all, and a signal between two listeners would be lost.
 */
export class StopSignals {
  /** Before anything is started there is nothing to close. */
  #stop: Stop = () => process.exit(0);
  #stopping: Promise<never> | undefined;

  constructor() {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#begin(signal));
    for (const signal of meaningless) process.on(signal, () => this.#hear(signal));
  }

  /** Set once the process has been told to stop; the second signal changes nothing. */
  get stopping(): Promise<never> | undefined {
    return this.#stopping;
  }

  answerWith(stop: Stop): void {
    this.#stop = stop;
  }

  #begin(signal: NodeJS.Signals): void {
    this.#stopping ??= this.#stop(signal);
  }

  #hear(signal: NodeJS.Signals): void {
    // The terminal was closed.
    if (signal === 'SIGHUP' && process.stdout.isTTY) return this.#begin(signal);
    const msg = `${signal} means nothing to the node: certificates are read again when their files change, SIGTERM stops it`;
    say(process.stdout, `${JSON.stringify({ level: 40, time: Date.now(), msg })}\n`);
  }
}
