import type { MetricObjectWithValues, MetricValue, Registry } from 'prom-client';

interface Sample {
  readonly labels: Partial<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

type Family = Pick<MetricObjectWithValues<MetricValue<string>>, 'name' | 'help'> & {
  readonly type: unknown;
  readonly values: readonly Sample[];
};

const attributesOf = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).map(([key, value]) => ({ key, value: { stringValue: String(value) } }));

const cumulative = 2;

/** The registry as a request of OTLP over HTTP in JSON: the names and labels of /metrics, cumulative since the start. */
export async function otlpMetrics(
  registry: Registry,
  resource: Readonly<Record<string, string>>,
  times: { readonly startedMs: number; readonly nowMs: number },
) {
  const families = (await registry.getMetricsAsJSON()) as unknown as readonly Family[];
  const at = { startTimeUnixNano: nanos(times.startedMs), timeUnixNano: nanos(times.nowMs) };
  const metrics = families.map((family) => ({ name: family.name, description: family.help, ...dataOf(family, at) }));
  const scopeMetrics = [{ scope: { name: 'config-guardian' }, metrics }];
  return { resourceMetrics: [{ resource: { attributes: attributesOf(resource) }, scopeMetrics }] };
}

const nanos = (ms: number): string => `${BigInt(Math.round(ms)) * 1_000_000n}`;

function dataOf({ name, type, values }: Family, at: object) {
  if (type === 'histogram') {
    const dataPoints = histogramsOf(name, values).map((point) => ({ ...point, ...at }));
    return { histogram: { dataPoints, aggregationTemporality: cumulative } };
  }
  // A summary's quantiles are numbers like any other.
  const dataPoints = values
    .filter(({ value }) => Number.isFinite(value))
    .map(({ labels, value }) => ({ attributes: attributesOf(labels), asDouble: value, ...at }));
  if (type !== 'counter') return { gauge: { dataPoints } };
  return { sum: { dataPoints, aggregationTemporality: cumulative, isMonotonic: true } };
}

interface Growing {
  readonly labels: Sample['labels'];
  readonly bounds: number[];
  /** As Prometheus has them: each holds all below it. */
  readonly below: number[];
  count: number;
  sum: number;
}

function histogramsOf(name: string, values: readonly Sample[]) {
  const series = new Map<string, Growing>();
  for (const { labels: all, value, metricName } of values) {
    const { le, ...labels } = all;
    const key = JSON.stringify(Object.entries(labels).sort());
    const one = series.get(key) ?? { labels, bounds: [], below: [], count: 0, sum: 0 };
    series.set(key, one);
    if (metricName === `${name}_sum`) one.sum = value;
    else if (metricName === `${name}_count`) one.count = value;
    else if (le !== undefined && le !== '+Inf') {
      one.bounds.push(Number(le));
      one.below.push(value);
    }
  }
  return [...series.values()].map(({ labels, bounds, below, count, sum }) => ({
    attributes: attributesOf(labels),
    count: String(count),
    sum,
    explicitBounds: bounds,
    bucketCounts: [...below, count].map((value, n) => String(value - (below[n - 1] ?? 0))),
  }));
}
