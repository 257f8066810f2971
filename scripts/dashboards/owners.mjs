import { errors, graph, rate, record, requests, series, slowest, stat } from './selectors.mjs';

const reads = 'method="GET",route=~"/v1/read[^?]*"';
const changes = 'method=~"POST|PUT|PATCH|DELETE",route=~"/v1/.+",route!~"/v1/auth/.+"';
const total = (name, more) => `sum(${rate(series(name, more))})`;

// What the owner of a service that lives by its configs asks: do we get them, fast enough, are our changes taken, who is told.
export const owners = {
  uid: 'config-guardian-owners',
  title: 'Config Guardian: what services get',
  rows: [
    {
      title: 'The promise',
      panels: [
        stat('Failed requests', errors, { unit: 'percentunit', worst: { from: 0.001 } }),
        stat('Reads slower than 100 ms, 30 min', record('read_slow:ratio_rate30m'), {
          unit: 'percentunit',
          worst: { from: 0.001 },
        }),
        stat('Changes slower than 500 ms, 30 min', record('write_slow:ratio_rate30m'), {
          unit: 'percentunit',
          worst: { from: 0.01 },
        }),
        stat('Reads', total(`${requests}_count`, reads), { unit: 'reqps' }),
        stat('Changes', total(`${requests}_count`, changes), { unit: 'reqps' }),
        stat('Told of changes as they happen', `sum(${series('watchers', 'kind="stream"')})`),
      ],
    },
    {
      title: 'Reads',
      panels: [
        graph('Reads by status', 'reqps', {
          expr: `sum by (status) (${rate(series(`${requests}_count`, reads))})`,
          legend: '{{status}}',
        }),
        graph(
          'Reads take',
          's',
          ...[0.5, 0.95, 0.999].map((q) => ({ expr: slowest(q, reads), legend: `${q * 100} %` })),
        ),
        graph('Clients that are told of changes', 'short', {
          expr: `sum by (kind) (${series('watchers')})`,
          legend: '{{kind}}',
        }),
      ],
    },
    {
      title: 'Changes',
      panels: [
        graph('Changes of configs by outcome', 'ops', {
          expr: `max by (type, outcome) (${rate(series('commands_total', 'type=~"config.*"'))})`,
          legend: '{{type}} {{outcome}}',
        }),
        graph('Somebody else was first', 'ops', {
          expr: total('http_problems_total', 'code="version-conflict"'),
          legend: 'version-conflict',
        }),
        graph('Refused by a schema', 'ops', {
          expr: total('http_problems_total', 'code="content-invalid"'),
          legend: 'content-invalid',
        }),
        graph('Changes take', 's', ...[0.5, 0.95].map((q) => ({ expr: slowest(q, changes), legend: `${q * 100} %` }))),
        graph('Refusals by reason', 'reqps', {
          expr: `sum by (code) (${rate(series('http_problems_total'))})`,
          legend: '{{code}}',
        }),
      ],
    },
  ],
};
