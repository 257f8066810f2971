/** The window of append messages sent and not yet acknowledged, limited in messages and in bytes. A ring buffer. */
export class Inflights {
  private indexes: number[] = [];
  private sizes: number[] = [];
  private start = 0;
  private held = 0;
  private heldBytes = 0;

  constructor(
    private readonly maxMsgs: number,
    private readonly maxBytes: number,
  ) {}

  get count(): number {
    return this.held;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  full(): boolean {
    return this.held >= this.maxMsgs || this.heldBytes >= this.maxBytes;
  }

  /** `index` is the last one in the message; messages go out in order. */
  add(index: number, size: number): void {
    if (this.held === this.indexes.length) this.grow();
    const at = (this.start + this.held) % this.indexes.length;
    this.indexes[at] = index;
    this.sizes[at] = size;
    this.held++;
    this.heldBytes += size;
  }

  /** An acknowledgement of `index` acknowledges every message up to it. */
  freeUpTo(index: number): void {
    while (this.held > 0 && this.indexes[this.start]! <= index) {
      this.heldBytes -= this.sizes[this.start]!;
      this.start = (this.start + 1) % this.indexes.length;
      this.held--;
    }
  }

  clear(): void {
    this.start = 0;
    this.held = 0;
    this.heldBytes = 0;
  }

  /** Grown on demand: most members never have more than a few messages in flight. */
  private grow(): void {
    const size = Math.min(this.maxMsgs, Math.max(8, this.indexes.length * 2));
    const indexes = new Array<number>(size).fill(0);
    const sizes = new Array<number>(size).fill(0);
    for (let i = 0; i < this.held; i++) {
      const at = (this.start + i) % this.indexes.length;
      indexes[i] = this.indexes[at]!;
      sizes[i] = this.sizes[at]!;
    }
    this.indexes = indexes;
    this.sizes = sizes;
    this.start = 0;
  }
}
