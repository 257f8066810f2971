import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A client that sends more requests ahead of their answers does not read them. */
export const mostQueued = 128;

/**
 * Answers that stand behind another one of their connection, because the client did not wait for that. Node tells only the
 * first of them when the connection closes: the others hear of it from here.
 */
export class QueuedResponses {
  readonly #bySocket = new WeakMap<Socket, ServerResponse[]>();

  add(response: ServerResponse): void {
    const { socket } = response.req;
    const queued = this.#of(socket);
    queued.push(response);
    response.once('close', () => queued.splice(queued.indexOf(response), 1));
    if (queued.length > mostQueued) socket.destroy();
  }

  #of(socket: Socket): ServerResponse[] {
    const known = this.#bySocket.get(socket);
    if (known) return known;
    const queued: ServerResponse[] = [];
    this.#bySocket.set(socket, queued);
    socket.once('close', () => {
      for (const response of [...queued]) if (response.socket === null) closed(response);
    });
    return queued;
  }
}

/** As Node does with the first one. */
function closed(response: ServerResponse): void {
  response.destroyed = true;
  response.emit('close');
}
