import type { Socket } from 'node:net';
import { frame, FrameReader } from './frames';
import type { FromNode, FromWorker } from './messages';

export interface ChannelParts {
  readonly onMessage: (message: FromWorker) => void;
  /** More waits for the worker than the bound allows. */
  readonly onBehind: () => void;
  readonly mostUnsentBytes?: number;
}

const defaultMostUnsentBytes = 64 * 1024 ** 2;

/** The node's end of the channel to one worker. What is sent arrives in the order of sending, or the worker is given up. */
export class WorkerChannel {
  #isCorked = false;
  #fills = 0;

  constructor(
    private readonly socket: Socket,
    private readonly parts: ChannelParts,
  ) {
    const reader = new FrameReader((message) => parts.onMessage(message as FromWorker));
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    // It ends with the worker, whose end is seen elsewhere.
    socket.on('error', () => undefined);
  }

  send(message: FromNode): void {
    this.sendFrame(frame(message));
  }

  /** A message that several workers get is made into bytes once. What one turn sends leaves together. */
  sendFrame(bytes: Buffer): void {
    if (this.socket.destroyed) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.socket.uncork();
      });
    }
    this.socket.write(bytes);
    if (this.socket.writableLength > (this.parts.mostUnsentBytes ?? defaultMostUnsentBytes)) this.parts.onBehind();
  }

  /** Resolves when the worker can take more, not before others had their turn. */
  async drained(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.socket.destroyed || !this.socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      this.socket.once('drain', resolve).once('close', resolve);
    });
  }

  /** A fill takes the place of the one before it. The result tells whether it is still wanted. */
  beginFill(): () => boolean {
    const fill = ++this.#fills;
    this.send({ type: 'begin' });
    return () => fill === this.#fills && !this.socket.destroyed;
  }

  close(): void {
    this.socket.destroy();
  }
}
