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
  #round: Promise<void> = Promise.resolve();

  constructor(private readonly log: PinoLogger) {}

  register(duty: LeaderDuty): void {
    this.#duties.push(duty);
  }

  /** The first round is awaited, so that a node that is ready has its first administrator. */
  async start(isLeader: () => boolean): Promise<void> {
    await this.#perform(isLeader);
    this.#schedule(isLeader);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#round;
  }

  #schedule(isLeader: () => boolean): void {
    this.#timer = setTimeout(() => {
      this.#round = this.#perform(isLeader).then(() => {
        if (this.#timer) this.#schedule(isLeader);
      });
    }, intervalMs);
    this.#timer.unref();
  }

  async #perform(isLeader: () => boolean): Promise<void> {
    for (const duty of this.#duties) {
      if (!isLeader()) return;
      try {
        await duty.perform();
      } catch (error) {
        // The next round tries again; meanwhile nothing is half done, because a duty is one command at a time.
        this.log.warn({ err: error, duty: duty.name }, 'a duty of the leader did not succeed');
      }
    }
  }
}
