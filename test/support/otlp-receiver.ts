import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

type Value = { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
interface Attribute {
  readonly key: string;
  readonly value: Value;
}
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
}
export interface OtlpPoint {
  readonly attributes: readonly Attribute[];
  readonly asDouble?: number;
  readonly count?: string;
  readonly sum?: number;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly number[];
}
interface OtlpMetric {
  readonly name: string;
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] };
  readonly sum?: {
    readonly dataPoints: readonly OtlpPoint[];
    readonly isMonotonic: boolean;
    readonly aggregationTemporality: number;
  };
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[]; readonly aggregationTemporality: number };
}
interface OtlpBody {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeMetrics: readonly { readonly metrics: readonly OtlpMetric[] }[];
  }[];
}

export interface ReceivedSpan {
  readonly node: string;
  readonly trace: string;
  readonly id: string;
  readonly parent: string | undefined;
  readonly name: string;
  readonly ms: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const valuesOf = (attributes: readonly Attribute[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** A receiver of OTLP over HTTP, in JSON: what a collector would see. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly metrics: OtlpMetric[][] = [];
  readonly resources: Readonly<Record<string, unknown>>[] = [];
  readonly headers: NodeJS.Dict<string | string[]>[] = [];
  /** Everything that came, as it came. */
  text = '';
  status = 200;
  /** Whether an answer never ends, and says more and more. */
  isEndless = false;
  /** Of answers without end. */
  saidBytes = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (part: string) => (body += part));
      request.on('end', () => {
        this.headers.push(request.headers);
        if (this.status === 200) this.#take(body);
        response.writeHead(this.status, { 'Content-Type': 'application/json' });
        if (this.isEndless) this.#goOn(response);
        else response.end('{}');
      });
    });
  }

  #goOn(response: ServerResponse): void {
    const part = Buffer.alloc(64 * 1024, ' ');
    const more = (): void => {
      while (!response.destroyed) {
        this.saidBytes += part.length;
        if (!response.write(part)) return void response.once('drain', more);
      }
    };
    more();
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The spans of the trace once it holds all of these, each named `node name` or `name`. */
  async trace(id: string, names: readonly string[], withinMs = 15_000): Promise<readonly ReceivedSpan[]> {
    for (const deadline = Date.now() + withinMs; ; await wait(50)) {
      const spans = this.spans.filter(({ trace }) => trace === id);
      const have = new Set(spans.flatMap(({ node, name }) => [name, `${node} ${name}`]));
      if (names.every((name) => have.has(name))) return spans;
      if (Date.now() > deadline)
        throw new Error(`the trace has ${[...have].join(', ')} instead of ${names.join(', ')}`);
    }
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(body: string): void {
    this.text += body;
    const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(body) as OtlpBody;
    for (const { resource, scopeSpans } of resourceSpans) {
      const about = valuesOf(resource.attributes);
      this.resources.push(about);
      const node = String(about['service.instance.id']);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) this.spans.push(received(node, span));
    }
    for (const { resource, scopeMetrics } of resourceMetrics) {
      this.resources.push(valuesOf(resource.attributes));
      this.metrics.push(scopeMetrics.flatMap(({ metrics }) => metrics));
    }
  }
}

function received(node: string, span: OtlpSpan): ReceivedSpan {
  return {
    node,
    trace: span.traceId,
    id: span.spanId,
    parent: span.parentSpanId || undefined,
    name: span.name,
    ms: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
    attributes: valuesOf(span.attributes),
  };
}
