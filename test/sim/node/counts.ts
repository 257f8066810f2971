/** What is done to a node, and what it does. Each must occur in a run of many seeds, or the run has proven less than it says. */
export const NODE_COUNTS = [
  'kill',
  'power-loss',
  'database-crash',
  'commits-lost',
  'writes-lost',
  'connections-cut',
  'late-commits',
  'hang',
  'refused-statements',
  'disk-errors',
  'messages-lost',
  'leader-changes',
  'proposals',
  'acknowledged',
  'commits',
  'synchronous commits',
  'written again',
  'installs begun',
  'installs',
  'installs undone',
  'installs finished at boot',
  'log cuts',
  'boots',
  'boots cut short',
  'flushes awaited',
  'rows compared',
  'refused: old log',
  'refused: old database',
  'refused: database of another',
  'refused: changed row',
] as const;
export type NodeCount = (typeof NODE_COUNTS)[number];
export type NodeCounts = Record<NodeCount, number>;

export const noNodeCounts = (): NodeCounts => Object.fromEntries(NODE_COUNTS.map((name) => [name, 0])) as NodeCounts;
