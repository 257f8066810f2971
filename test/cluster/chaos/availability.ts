/** What clients felt: an operation that took longer than they wait has failed for them, although it was answered. */
export class Availability {
  readonly #times: number[] = [];
  #due = 0;

  constructor(
    readonly what: string,
    private readonly withinMs: number,
  ) {}

  add(times: readonly number[]): void {
    for (const time of times) this.#times.push(time);
  }

  /** So many were due: those that nobody answered to the end have failed as well. */
  expect(count: number): void {
    this.#due = count;
  }

  get operations(): number {
    return Math.max(this.#due, this.#times.length);
  }

  /** Of 1; none when there was no operation. */
  get share(): number {
    return this.#shareWithin(this.withinMs);
  }

  get text(): string {
    const sorted = this.#times.toSorted((a, b) => a - b);
    const quantile = (of: number): string => `${(sorted[Math.floor(of * (sorted.length - 1))] ?? 0).toFixed(0)} ms`;
    return (
      `${this.what}: ${this.operations} operations, ${percent(this.share)} within ${this.withinMs} ms, ` +
      `${percent(this.#shareWithin(1_000))} within 1000 ms; median ${quantile(0.5)}, p99 ${quantile(0.99)}, ` +
      `p99.9 ${quantile(0.999)}, slowest ${quantile(1)}`
    );
  }

  #shareWithin(ms: number): number {
    return this.operations === 0 ? 0 : this.#times.filter((time) => time <= ms).length / this.operations;
  }
}

/** Never rounded up: 99.9996 % is not 100 %. */
export const percent = (share: number): string => `${(Math.floor(share * 100_000) / 1_000).toFixed(3)} %`;
