import { LRUCache } from 'lru-cache';
import type { SharedWindow, SharedWindows } from './shared-windows';

/** Whether a request may pass, and where its key stands in the window that runs. */
export interface Allowance {
  readonly isAllowed: boolean;
  readonly limit: number;
  readonly used: number;
  readonly resetMs: number;
}

/** The count of one key until the window ends. */
interface Window {
  endsAt: number;
  /** As Redis counted it for all nodes when it was last asked. */
  shared: number;
  /** Told to Redis, which has not answered yet. */
  telling: number;
  /** Not told yet. */
  untold: number;
}

type Waiting = (allowance: Allowance) => void;

export interface RequestLimitOptions {
  readonly requests: number;
  readonly windowMs: number;
  /** Without it this node counts alone. */
  readonly shared?: SharedWindows;
}

const mostKeys = 100_000;
const mostTold = 500;
/** What the other nodes do not know yet is told after this at the latest. */
const tellAfterMs = 200;
/** A node may run ahead of what the others know by this part of the limit. */
const slices = 20;

/**
 * So many requests in a window for each key. Counted here, at once; what was counted is told to Redis in the background,
 * and Redis answers what all nodes have counted together. A request waits for Redis only when this node has let through
 * a whole slice (a twentieth of the limit) that Redis has not answered for, and is then counted there before it passes.
 * So n nodes let through at most n slices more than the limit while Redis answers, and each at most the limit while it
 * does not.
 */
export class RequestLimit {
  readonly #windows = new LRUCache<string, Window>({ max: mostKeys });
  readonly #untold = new Set<string>();
  /** Requests that wait for what Redis says of them. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #slice: number;
  #telling: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isTurnAhead = false;

  constructor(private readonly options: RequestLimitOptions) {
    this.#slice = Math.max(1, Math.floor(options.requests / slices));
  }

  /** Counts a request, unless it is one too many. */
  take(key: string): Allowance | Promise<Allowance> {
    const window = this.#windowOf(key);
    return this.#mustAsk(window) ? this.#takeAsked(key) : this.#count(key, window);
  }

  /** The same, where it needs no answer of Redis. Undefined, and not counted, when it does, and when it is one too many. */
  takeNow(key: string): Allowance | undefined {
    const window = this.#windowOf(key);
    if (this.#mustAsk(window)) return undefined;
    const allowance = this.#count(key, window);
    return allowance.isAllowed ? allowance : undefined;
  }

  #takeAsked(key: string): Promise<Allowance> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key);
      if (waiting) waiting.push(resolve);
      else this.#waiting.set(key, [resolve]);
      this.#untold.add(key);
      this.#tellSoon();
    });
  }

  #mustAsk({ shared, telling, untold }: Window): boolean {
    const ahead = telling + untold;
    return ahead >= this.#slice && shared + ahead < this.options.requests && (this.options.shared?.isUsable ?? false);
  }

  #count(key: string, window: Window): Allowance {
    const { requests: limit, shared } = this.options;
    const used = window.shared + window.telling + window.untold;
    if (used >= limit) return this.#allowance(false, window);
    window.untold += 1;
    if (shared) this.#tellLater(key, window);
    return this.#allowance(true, window);
  }

  #allowance(isAllowed: boolean, { shared, telling, untold, endsAt }: Window): Allowance {
    const { requests: limit } = this.options;
    const used = Math.min(limit, shared + telling + untold);
    return { isAllowed, limit, used, resetMs: Math.max(0, endsAt - performance.now()) };
  }

  #windowOf(key: string): Window {
    const now = performance.now();
    const known = this.#windows.get(key);
    if (known && known.endsAt > now) return known;
    const window = { endsAt: now + this.options.windowMs, shared: 0, telling: 0, untold: 0 };
    this.#windows.set(key, window);
    return window;
  }

  #tellLater(key: string, { untold }: Window): void {
    this.#untold.add(key);
    // Half a slice early, so that the answer is there before anybody has to wait for it.
    if (2 * untold >= this.#slice) this.#tellSoon();
    this.#timer ??= setTimeout(() => void this.#tell(), tellAfterMs).unref();
  }

  #tellSoon(): void {
    if (this.#isTurnAhead || this.#telling) return;
    this.#isTurnAhead = true;
    setImmediate(() => void this.#tell());
  }

  /** Does not reject. What cannot be told stays counted here, and is told another time. */
  #tell(): Promise<void> {
    this.#isTurnAhead = false;
    this.#telling ??= this.#tellNow().finally(() => {
      this.#telling = undefined;
      clearTimeout(this.#timer);
      this.#timer = this.#untold.size > 0 ? setTimeout(() => void this.#tell(), tellAfterMs).unref() : undefined;
      if (this.#isAwaited) this.#tellSoon();
    });
    return this.#telling;
  }

  /** Whether somebody waits, or would soon, for what was not told with the rest. */
  get #isAwaited(): boolean {
    if (this.#waiting.size > 0) return true;
    if (!this.options.shared?.isUsable) return false;
    return [...this.#untold].some((key) => 2 * (this.#windows.peek(key)?.untold ?? 0) >= this.#slice);
  }

  async #tellNow(): Promise<void> {
    const told = this.#toTell();
    if (told.length === 0) return;
    const counts = new Map(told.map(({ key, window, waiting }) => [key, window.telling + waiting.length]));
    const answers = await this.options.shared?.add(counts, this.options.windowMs).catch(() => undefined);
    for (const { key, window, waiting } of told) {
      const answer = answers?.get(key);
      if (answer) this.#answered(answer, window, waiting);
      else this.#unanswered(key, window, waiting);
    }
  }

  #answered({ total, resetMs }: SharedWindow, window: Window, waiting: readonly Waiting[]): void {
    window.shared = total;
    window.telling = 0;
    window.endsAt = performance.now() + resetMs;
    // Those that were one too many have been counted too, which does no harm: their window is full.
    const passing = waiting.length - Math.max(0, total - this.options.requests);
    waiting.forEach((resolve, place) => resolve(this.#allowance(place < passing, window)));
  }

  #unanswered(key: string, window: Window, waiting: readonly Waiting[]): void {
    window.untold += window.telling;
    window.telling = 0;
    this.#untold.add(key);
    for (const resolve of waiting) resolve(this.#count(key, window));
  }

  /** Of windows that have ended nobody wants to know, but for those who wait in them. */
  #toTell(): { readonly key: string; readonly window: Window; readonly waiting: readonly Waiting[] }[] {
    const told = [];
    const now = performance.now();
    for (const key of this.#untold) {
      if (told.length === mostTold) break;
      this.#untold.delete(key);
      const waiting = this.#waiting.get(key) ?? [];
      this.#waiting.delete(key);
      const window = waiting.length > 0 ? this.#windowOf(key) : this.#windows.peek(key);
      if (!window || (waiting.length === 0 && (window.endsAt <= now || window.untold === 0))) continue;
      window.telling = window.untold;
      window.untold = 0;
      told.push({ key, window, waiting });
    }
    return told;
  }
}
