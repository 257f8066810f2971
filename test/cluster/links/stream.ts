import type { Socket } from 'node:net';

/** One direction of one connection: passes bytes on, later, or not at all. */
export class Stream {
  isCut = false;
  delayMs = 0;
  #hasLost = false;
  /** What is delayed, in order; the timers of Node keep no order below a millisecond. */
  readonly #waiting: { readonly due: number; readonly deliver: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly from: Socket,
    private readonly to: Socket,
  ) {
    from.on('data', (chunk: Buffer) => this.#pass(() => this.#write(chunk)));
    from.on('end', () => this.#pass(() => this.to.end()));
    to.on('drain', () => from.resume());
  }

  get hasLost(): boolean {
    return this.#hasLost;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #pass(deliver: () => void): void {
    if (this.#loses()) return;
    if (this.delayMs === 0 && this.#waiting.length === 0) return deliver();
    this.#waiting.push({ due: performance.now() + this.delayMs, deliver });
    if (this.#waiting.length === 1) this.#awaitFirst();
  }

  #awaitFirst(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#timer = setTimeout(
      () => {
        this.#waiting.shift();
        if (!this.#loses()) first.deliver();
        this.#awaitFirst();
      },
      Math.ceil(Math.max(0, first.due - performance.now())),
    );
  }

  /** After a loss everything is lost: the receiver must not see a stream with a hole in it. */
  #loses(): boolean {
    this.#hasLost ||= this.isCut;
    return this.#hasLost;
  }

  #write(chunk: Buffer): void {
    if (!this.to.destroyed && !this.to.write(chunk)) this.from.pause();
  }
}
