// What an operator asks, top to bottom: does the cluster work, what do clients get, do the members keep up, is there room.
import { asked, errors, graph, node, ofTheCluster, rate, requests, series, slowest, stat } from './selectors.mjs';

export const operators = {
  uid: 'config-guardian-operators',
  title: 'Config Guardian: the cluster',
  rows: [
    {
      title: 'Does it work',
      panels: [
        stat('Members that answer', `sum(up{${ofTheCluster}})`),
        stat('Leaders', `sum(${series('raft_is_leader')})`, { worst: { below: 1 } }),
        stat('Members with another state', `max(${series('state_members_apart')})`, { worst: { from: 1 } }),
        stat('Databases connected', `sum(${series('persister_connected')})`),
        stat('Term', `max(${series('raft_term')})`),
        stat('Errors', errors, { unit: 'percentunit', worst: { from: 0.02 } }),
      ],
    },
    {
      title: 'What clients get',
      panels: [
        graph('Requests by status', 'reqps', {
          expr: `sum by (status) (${rate(series(`${requests}_count`, asked))})`,
          legend: '{{status}}',
        }),
        graph(
          'Reads take',
          's',
          ...[0.5, 0.99, 0.999].map((q) => ({
            expr: slowest(q, 'method="GET",route=~"/v1/read[^?]*"'),
            legend: `${q * 100} %`,
          })),
        ),
        graph(
          'Changes take',
          's',
          ...[0.5, 0.99].map((q) => ({
            expr: slowest(q, 'method=~"POST|PUT|PATCH|DELETE",route=~"/v1/.+",route!~"/v1/auth/.+"'),
            legend: `${q * 100} %`,
          })),
        ),
        graph('Changes by outcome', 'ops', {
          expr: `max by (type, outcome) (${rate(series('commands_total'))})`,
          legend: '{{type}} {{outcome}}',
        }),
        graph('Clients that wait for changes', 'short', {
          expr: `sum by (instance, kind) (${series('watchers')})`,
          legend: '{{instance}} {{kind}}',
        }),
        graph('Streams cut off', 'ops', {
          expr: `sum by (instance) (${rate(series('watchers_cut_off_total'))})`,
          legend: '{{instance}}',
        }),
      ],
    },
    {
      title: 'Do the members keep up',
      panels: [
        graph('Who leads', 'short', { expr: series('raft_is_leader'), legend: '{{instance}}' }),
        graph('Behind the commit index', 'short', {
          expr: `scalar(max(${series('raft_commit_index')})) - ${series('raft_applied_index')}`,
          legend: '{{instance}}',
        }),
        graph('Proposals that wait', 'short', { expr: series('raft_pending_proposals'), legend: '{{instance}}' }),
        graph('PostgreSQL behind the state', 'short', {
          expr: `${series('raft_applied_index')} - ${series('raft_flushed_index')}`,
          legend: '{{instance}}',
        }),
        graph('Kept in memory until PostgreSQL has it', 'bytes', {
          expr: series('persister_pending_bytes'),
          legend: '{{instance}}',
        }),
        graph('Peers refused', 'ops', {
          expr: `sum by (instance, reason) (${rate(series('peer_refused_connections_total'))})`,
          legend: '{{instance}} {{reason}}',
        }),
      ],
    },
    {
      title: 'What lies outside',
      panels: [
        graph('Redis misses changes for', 's', { expr: series('mirror_lag_seconds'), legend: '{{instance}}' }),
        graph('Not called, because it failed: 2', 'short', {
          expr: series('circuit_state'),
          legend: '{{instance}} {{to}} {{use}}',
        }),
        graph('Calls by outcome', 'ops', {
          expr: `sum by (to, use, outcome) (${rate(series('outside_calls_total'))})`,
          legend: '{{to}} {{use}} {{outcome}}',
        }),
      ],
    },
    {
      title: 'Is there room',
      panels: [
        graph('Processor', 'percentunit', { expr: rate(node('process_cpu_seconds_total')), legend: '{{instance}}' }),
        graph('Memory', 'bytes', { expr: node('process_resident_memory_bytes'), legend: '{{instance}}' }),
        graph('Event loop late, 99 %', 's', { expr: node('nodejs_eventloop_lag_p99_seconds'), legend: '{{instance}}' }),
        graph('Garbage collection', 'percentunit', {
          expr: `sum by (instance, kind) (${rate(node('nodejs_gc_duration_seconds_sum'))})`,
          legend: '{{instance}} {{kind}}',
        }),
        graph('Open files', 'percentunit', {
          expr: `${node('process_open_fds')} / ${node('process_max_fds')}`,
          legend: '{{instance}}',
        }),
        graph('Entries that no synchronous commit covers', 'short', {
          expr: series('persister_pending_entries'),
          legend: '{{instance}}',
        }),
      ],
    },
  ],
};
