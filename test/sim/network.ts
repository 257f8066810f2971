import { nodeOf } from '@config-guardian/raft';
import type { Message } from '@config-guardian/raft';
import type { Chance } from './chance';
import { describeMessage } from './describe-message';
import type { World } from './world';

/** How likely each misfortune is for one message. */
export interface Weather {
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly delay: number;
}

export const CALM: Weather = { loss: 0, duplicate: 0, reorder: 0, delay: 0 };

export type Outcome = 'arrived' | 'lost';

/** Links between nodes: in order and quick, until the weather or a cut says otherwise. */
export class Network {
  weather = CALM;
  private readonly chance: Chance;
  private readonly cut = new Set<string>();
  private readonly lastArrival = new Map<string, number>();

  constructor(
    private readonly world: World,
    private readonly deliver: (message: Message) => void,
  ) {
    this.chance = world.chance.fork();
  }

  /** `done` hears, when that is known, what became of the message. */
  send(message: Message, done?: (outcome: Outcome) => void): void {
    const { world, chance, weather } = this;
    const link = linkOf(nodeOf(message.from), nodeOf(message.to));
    if (this.cut.has(link)) return this.lose(message, 'cut off', done);
    if (chance.happens(weather.loss)) {
      world.counts.loss++;
      return this.lose(message, 'lost', done);
    }
    let delay = chance.between(1, 4) + (message.type === 'snapshot' ? chance.between(5, 60) : 0);
    if (chance.happens(weather.delay)) {
      world.counts.delay++;
      delay += chance.happens(0.4) ? chance.between(300, 3000) : chance.between(20, 200);
    }
    this.arrive(link, message, delay, done);
    if (!chance.happens(weather.duplicate)) return;
    world.counts.duplicate++;
    world.later(delay + chance.between(1, 300), () => this.arrived(message));
  }

  block(from: string, to: string): void {
    this.cut.add(linkOf(from, to));
  }

  heal(): void {
    this.cut.clear();
  }

  private arrive(link: string, message: Message, delay: number, done?: (outcome: Outcome) => void): void {
    const { world } = this;
    let at = world.now + delay;
    const last = this.lastArrival.get(link) ?? 0;
    if (at < last) {
      if (delay < 10 && this.chance.happens(this.weather.reorder)) world.counts.reorder++;
      else if (delay < 10 && last - world.now < 20) at = last;
    }
    if (at > last) this.lastArrival.set(link, at);
    world.queue.add(at, () => {
      this.arrived(message);
      done?.('arrived');
    });
  }

  private arrived(message: Message): void {
    if (this.world.tracing) this.world.trace(nodeOf(message.to), `<- ${describeMessage(message)}`);
    this.deliver(message);
  }

  private lose(message: Message, why: string, done?: (outcome: Outcome) => void): void {
    if (this.world.tracing) this.world.trace(nodeOf(message.from), `   ${why}: ${describeMessage(message)}`);
    if (done !== undefined) this.world.later(this.chance.between(20, 200), () => done('lost'));
  }
}

function linkOf(from: string, to: string): string {
  return `${from}>${to}`;
}
