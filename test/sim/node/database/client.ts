import type { DataSource } from 'typeorm';
import type { Backend, Fate, Listener, Reply, Sent } from './backend';
import type { SimulatedServer } from './server';

/** The process that has the connection. */
export interface Life {
  readonly isOver: boolean;
}

type Ear = (error: Error) => void;

/** What a node's database sessions are made of: the part of the driver's client that they use. */
class SimulatedClient implements Listener {
  private backend: Backend | undefined;
  private readonly ears: Ear[] = [];
  private open = new Set<Sent>();
  private isEnded = false;

  constructor(
    private readonly server: SimulatedServer,
    private readonly life: Life,
    private readonly application: string,
  ) {}

  on(event: 'error' | 'end', listener: Ear): void {
    if (event === 'error') this.ears.push(listener);
  }

  connect(): Promise<void> {
    const { scene, chance } = this.server.parts;
    return new Promise((resolve, reject) => {
      scene.time.later(chance.below(4), () => {
        if (this.life.isOver) return;
        if (this.server.isDown) return reject(unreachable(chance.happens(0.5)));
        this.backend = this.server.accept(this.application, this);
        if (this.isEnded) this.backend.cut('rolled back', terminated());
        resolve();
      });
    });
  }

  query(text: string, values: readonly unknown[] = []): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const { backend } = this;
      if (!backend?.isHeard) return reject(new Error('Client was closed and is not queryable'));
      const sent: Sent = {
        text,
        values,
        resolve: (reply) => (this.open.delete(sent), resolve(reply)),
        reject: (error) => (this.open.delete(sent), reject(error)),
      };
      this.open.add(sent);
      backend.send(sent);
    });
  }

  end(): Promise<void> {
    this.isEnded = true;
    if (this.backend?.isHeard) this.backend.cut(fateBy(this.server), terminated());
    return Promise.resolve();
  }

  lost(error: Error): void {
    const { open } = this;
    this.open = new Set();
    for (const sent of open) sent.reject(error);
    if (!this.isEnded && !this.life.isOver) for (const ear of this.ears) ear(error);
  }
}

const terminated = (): Error => new Error('Connection terminated');

function unreachable(isStarting: boolean): Error {
  return isStarting
    ? Object.assign(new Error('the database system is starting up'), { code: '57P03' })
    : Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}

/** What the server makes of a connection that is cut in the middle of its work. */
export function fateBy({ parts: { chance } }: SimulatedServer): Fate {
  return chance.pick(['rolled back', 'lingers', 'finished'])!;
}

/** The data source of one life of a process: the layouts of the real one, and the connections of the simulated server. */
export function dataSourceOf(layouts: DataSource, server: SimulatedServer, life: Life): DataSource {
  const Client = class {
    constructor({ application_name: application }: { readonly application_name: string }) {
      return new SimulatedClient(server, life, application);
    }
  };
  const driver = Object.create(layouts.driver, { master: { value: { options: {}, Client } } }) as object;
  return Object.create(layouts, { driver: { value: driver } }) as DataSource;
}
