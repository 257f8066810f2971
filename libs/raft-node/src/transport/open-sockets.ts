import type { Socket } from 'node:net';

/** Every socket of a transport, from the first packet to the last, so that closing leaves none behind. */
export class OpenSockets {
  private readonly sockets = new Set<Socket>();
  private onEmpty: () => void = () => undefined;

  add(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      if (this.sockets.size === 0) this.onEmpty();
    });
  }

  /** Resolves when all are closed; those that are not by themselves in time are cut off. */
  async closed(graceMs: number): Promise<void> {
    if (this.sockets.size === 0) return;
    const cutOff = setTimeout(() => this.sockets.forEach((socket) => socket.destroy()), graceMs);
    await new Promise<void>((resolve) => (this.onEmpty = resolve));
    clearTimeout(cutOff);
  }
}
