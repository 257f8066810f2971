import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';

/** Something the leader does for the whole cluster by proposing commands: expiry, purging, the first administrator. */
export interface LeaderDuty {
  readonly name: string;
  /** Called again and again while this node leads; proposes only when there is something to do. */
  perform(): Promise<void>;
}

const intervalMs = 500;

@Injectable()
export class LeaderDuties {
  readonly #duties: LeaderDuty[] = [];
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = true;
  #isLeader: () => boolean = () => false;
  #confirm: () => Promise<unknown> = () => Promise.resolve();

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

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  async #rounds(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      await this.#perform();
    }
  }

  async #perform(): Promise<void> {
    if (!this.#isLeader()) return;
    try {
      await this.#confirm();
    } catch {
      // It leads no more, or cannot prove that it does.
      return;
    }
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
}
