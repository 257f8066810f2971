import type { Coding } from './accepted-codings';
import { codings } from './accepted-codings';
import type { Compressor } from './compressor';

/** Less than this saved is not worth the unpacking. */
const worthwhile = 0.9;

/** One body in the codings that somebody asked for. Each is made once. */
export class CompressedBodies {
  readonly #made = new Map<Coding, Buffer>();
  readonly #underWay = new Map<Coding, Promise<Buffer>>();

  constructor(
    private readonly body: Buffer,
    private readonly compressor: Pick<Compressor, 'compress' | 'isBusy'>,
    /** What is kept has grown. */
    private readonly onMade: () => void,
  ) {}

  /** What is kept here besides the plain body. */
  get bytes(): number {
    let sum = 0;
    for (const coding of codings) sum += this.#made.get(coding)?.length ?? 0;
    return sum;
  }

  /**
   * The first of these that is ready and worth it. Undefined otherwise; then the best one is begun unless another body
   * is being compressed: whoever asks later begins it, and so nothing waits in a line.
   */
  ready(preferred: readonly Coding[]): Coding | undefined {
    const [best] = preferred;
    if (best === undefined) return undefined;
    if (!this.#made.has(best) && !this.#underWay.has(best) && !this.compressor.isBusy)
      void this.make(best).catch(() => undefined);
    return preferred.find((coding) => {
      const made = this.#made.get(coding);
      return made !== undefined && made.length < this.body.length * worthwhile;
    });
  }

  get(coding: Coding): Buffer | undefined {
    return this.#made.get(coding);
  }

  /** For a caller who takes nothing else: as soon as it is ready, however large it is. */
  async make(coding: Coding): Promise<Buffer> {
    const made = this.#made.get(coding) ?? this.#underWay.get(coding);
    if (made) return made;
    const making = this.compressor.compress(this.body, coding);
    this.#underWay.set(coding, making);
    try {
      const body = await making;
      this.#made.set(coding, body);
      this.onMade();
      return body;
    } finally {
      this.#underWay.delete(coding);
    }
  }
}
