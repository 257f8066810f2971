import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';

export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

export interface StreamOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly lastEventId?: string;
}

const patienceMs = 20_000;

/** A client of server-sent events as the HTML standard has it: what is not ended by an empty line never came. */
export class EventStream {
  readonly events: StreamEvent[] = [];
  readonly comments: string[] = [];
  /** What it would send as Last-Event-ID. */
  lastEventId: string | undefined;
  hasEnded = false;
  /** Resolves when nothing more can come. */
  readonly closed: Promise<void>;
  #rest = '';
  #waiting: (() => void)[] = [];

  private constructor(
    private readonly outgoing: ClientRequest,
    readonly response: IncomingMessage,
    lastEventId: string | undefined,
  ) {
    this.lastEventId = lastEventId;
    response.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    response.on('error', () => undefined);
    this.closed = new Promise((resolve) =>
      response.once('close', () => {
        this.hasEnded = true;
        this.#tell();
        resolve();
      }),
    );
  }

  /** Resolves when the answer has begun, with whatever status. */
  static open(url: string, { headers = {}, lastEventId }: StreamOptions = {}): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const own = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
      const outgoing = request(url, { headers: { ...headers, ...own }, agent: false });
      outgoing.on('error', reject);
      outgoing.once('response', (response) => resolve(new EventStream(outgoing, response, lastEventId)));
      outgoing.end();
    });
  }

  get status(): number {
    return this.response.statusCode ?? 0;
  }

  /** Resolves with what `look` finds, as soon as it does. */
  async until<Found>(what: string, look: () => Found | undefined | false): Promise<Found> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) throw new Error(`still not: ${what}; events: ${JSON.stringify(this.events).slice(0, 2_000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** The first events, once there are so many. */
  async first(count: number): Promise<readonly StreamEvent[]> {
    await this.until(`${count} events`, () => this.events.length >= count);
    return this.events.slice(0, count);
  }

  async ended(): Promise<void> {
    await this.until('the end', () => this.hasEnded);
  }

  close(): void {
    this.outgoing.destroy();
  }

  #read(text: string): void {
    const blocks = (this.#rest + text).split('\n\n');
    this.#rest = blocks.pop() ?? '';
    for (const block of blocks) this.#take(block.split('\n'));
    this.#tell();
  }

  #take(lines: readonly string[]): void {
    const fields: Record<string, string> = {};
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (name === '') this.comments.push(value);
      else fields[name] = value;
    }
    if (fields['id'] !== undefined) this.lastEventId = fields['id'];
    if (fields['data'] === undefined) return;
    this.events.push({
      id: this.lastEventId ?? '',
      event: fields['event'] ?? 'message',
      data: JSON.parse(fields['data']),
    });
  }

  #tell(): void {
    for (const look of this.#waiting.splice(0)) look();
  }
}
