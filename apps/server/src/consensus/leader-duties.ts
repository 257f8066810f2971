import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';

/** Something the leader does for the whole cluster by proposing commands: expiry, purging, the first administrator. */
export interface LeaderDuty {
  readonly name: string;
  /** Called again and again while this node leads; proposes only when there is something to do. */
  perform(): Promise<void>;
}

const intervalMs = 500;
/** A state that is not confirmed by then does not follow the log just now: as when its database takes nothing. */
const confirmMs = 5_000;
/** A duty under way at the end waits for the log, which ends after the duties and takes what is left of it along. */
const stopMs = 1_000;

@Injectable()
export class LeaderDuties {
  readonly #duties: LeaderDuty[] = [];
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = true;
  #isLeader: () => boolean = () => false;
  #confirm: () => Promise<unknown> = () => Promise.resolve();
  /** Ends the wait for a confirmation. */
  #giveUp: () => void = () => undefined;

  constructor(private readonly log: PinoLogger) {}

  register(duty: LeaderDuty): void {
    this.#duties.push(duty);
  }

  /**
   * The first round is awaited. `confirm` resolves when the state reflects what earlier leaders decided: without it a
   * new leader would do again what was done.
   */
  async start(isLeader: () => boolean, confirm: () => Promise<unknown>): Promise<void> {
    this.#isLeader = isLeader;
    this.#confirm = confirm;
    this.#isStopped = false;
    this.wake();
    await this.#round;
  }

  /** There may be something to do now. */
  wake(): void {
    this.#isWanted = true;
    if (this.#isStopped || this.#round) return;
    clearTimeout(this.#timer);
    this.#round = this.#rounds().then(() => {
      this.#round = undefined;
      if (this.#isStopped) return;
      this.#timer = setTimeout(() => this.wake(), intervalMs);
      this.#timer.unref();
    });
  }

  /** Nothing is begun afterwards, and nothing that hangs is waited for. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#giveUp();
    const late = new Promise<void>((resolve) => setTimeout(resolve, stopMs).unref());
    await Promise.race([this.#round, late]);
  }

  async #rounds(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      await this.#perform();
    }
  }

  async #perform(): Promise<void> {
    // Without the confirmation it leads no more, or cannot prove that it does, or does not know yet what was decided.
    if (!this.#isLeader() || !(await this.#isConfirmed())) return;
    for (const duty of this.#duties) {
      if (!this.#isLeader() || this.#isStopped) return;
      try {
        await duty.perform();
      } catch (error) {
        // The next round tries again; meanwhile nothing is half done, because a duty is one command at a time.
        this.log.warn({ err: error, duty: duty.name }, 'a duty of the leader did not succeed');
      }
    }
  }

  #isConfirmed(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), confirmMs);
      const settle = (isConfirmed: boolean) => (): void => {
        clearTimeout(timer);
        resolve(isConfirmed);
      };
      this.#giveUp = settle(false);
      this.#confirm().then(settle(true), settle(false));
    });
  }
}
