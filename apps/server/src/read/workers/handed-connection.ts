import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/** With a connection, over the channel that can carry one. */
export interface HandedOver {
  readonly connection: number;
}

/**
 * A connection on its way to a worker. The node keeps it open until the worker has it, or is no more: then it ends with
 * it, as those that it had taken do.
 */
export class HandedConnection {
  #sent: Socket | undefined;
  #id = 0;

  constructor(private readonly worker: Pick<ChildProcess, 'send'>) {}

  get isUnderWay(): boolean {
    return this.#sent !== undefined;
  }

  send(connection: Socket): void {
    const id = ++this.#id;
    // A client that is gone already is seen by whoever gets it.
    connection.on('error', () => undefined);
    // Otherwise Node would keep books in both processes of which connections came from this server.
    Object.assign(connection, { server: null });
    this.#sent = connection;
    const message: HandedOver = { connection: id };
    // Without an answer to it the worker ends, or is ended.
    this.worker.send(message, connection, { keepOpen: true }, () => undefined);
  }

  /** The node's own hold on it ends; the worker's goes on. */
  taken(id: number): void {
    if (id === this.#id) this.end();
  }

  end(): void {
    this.#sent?.destroy();
    this.#sent = undefined;
  }
}
