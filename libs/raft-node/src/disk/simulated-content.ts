const SECTOR = 512;

/** The bytes of one simulated file: what programs read (the page cache), what the platter holds, and what lies between. */
export class SimulatedContent {
  private cached: Buffer;
  private durable: Buffer;
  private unsynced: { readonly position: number; readonly bytes: Buffer }[] = [];

  constructor(readonly size: number) {
    this.cached = Buffer.alloc(size);
    this.durable = Buffer.alloc(size);
  }

  read(position: number, length: number): Buffer {
    return Buffer.from(this.cached.subarray(position, position + length));
  }

  write(position: number, bytes: Uint8Array): void {
    if (position + bytes.byteLength > this.size) throw new RangeError('a write beyond the preallocated file');
    this.cached.set(bytes, position);
    this.unsynced.push({ position, bytes: Buffer.from(bytes) });
  }

  sync(): void {
    for (const { position, bytes } of this.unsynced) this.durable.set(bytes, position);
    this.unsynced = [];
  }

  /** As after a failed fsync on Linux: some writes reached the platter, and the kernel will not try the others again. */
  forgetSome(random: () => number): void {
    for (const write of this.unsynced) if (random() < 0.5) this.durable.set(write.bytes, write.position);
    this.unsynced = [];
  }

  /** Power is lost: of every unsynced write all, none or any of its sectors got through. */
  losePower(random: () => number): void {
    for (const { position, bytes } of this.unsynced) {
      const fate = random();
      if (fate < 0.3) continue;
      for (let at = 0; at < bytes.length;) {
        const next = Math.min(bytes.length, (Math.floor((position + at) / SECTOR) + 1) * SECTOR - position);
        if (fate > 0.7 || random() < 0.5) this.durable.set(bytes.subarray(at, next), position + at);
        at = next;
      }
    }
    this.unsynced = [];
    this.cached = Buffer.from(this.durable);
  }

  flip(bit: number): void {
    const [at, mask] = [Math.floor(bit / 8), 1 << (bit % 8)];
    this.cached[at]! ^= mask;
    this.durable[at]! ^= mask;
  }
}
