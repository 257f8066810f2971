import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Circuit } from '../../common/resilience/circuit';

type Done = Parameters<SpanExporter['export']>[1];

export interface ExportLog {
  warn(message: string): void;
  info(message: string): void;
}

/** Says once that the receiver is away, and once that it is back. What it did not take is dropped. */
export class WatchedExporter implements SpanExporter {
  #isAway = false;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly circuit: Circuit,
    private readonly log: ExportLog,
  ) {}

  export(spans: ReadableSpan[], done: Done): void {
    this.circuit
      .run(() => this.#send(spans))
      .then(
        () => this.#end(undefined, done),
        (error: Error) => this.#end(error, done),
      );
  }

  #send(spans: ReadableSpan[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.exporter.export(spans, ({ code, error }) => {
        if (code === 0) resolve();
        else reject(error ?? new Error('refused'));
      });
    });
  }

  #end(error: Error | undefined, done: Done): void {
    const isAway = error !== undefined;
    if (isAway && !this.#isAway)
      this.log.warn(`traces cannot be sent and are dropped until they can: ${error.message}`);
    if (!isAway && this.#isAway) this.log.info('traces are sent again');
    this.#isAway = isAway;
    done(isAway ? { code: 1, error } : { code: 0 });
  }

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }
}
