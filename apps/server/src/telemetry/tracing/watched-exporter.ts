import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

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
    private readonly log: ExportLog,
  ) {}

  export(spans: ReadableSpan[], done: Done): void {
    this.exporter.export(spans, (result) => {
      const isAway = result.code !== 0;
      if (isAway && !this.#isAway)
        this.log.warn(`traces cannot be sent and are dropped until they can: ${result.error?.message ?? 'refused'}`);
      if (!isAway && this.#isAway) this.log.info('traces are sent again');
      this.#isAway = isAway;
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush?.() ?? Promise.resolve();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }
}
