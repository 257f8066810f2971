/** What the simulator does to a cluster, and what it counts. Each must occur in a run, or the run has proven less than it says. */
export const FAULTS = [
  'loss',
  'duplicate',
  'reorder',
  'delay',
  'partition',
  'one-way',
  'pause',
  'skew',
  'power-loss',
  'kill',
  'lost-write',
  'torn-write',
  'lost-apply',
  'bit-flip',
  'disk-full',
  'sync-error',
  'slow-disk',
] as const;
export type Fault = (typeof FAULTS)[number];

/** What is done with a cluster beside harming it: counted in the same way, and as indispensable. */
export const DEEDS = [
  'proposals',
  'acknowledged',
  'refused',
  'reads',
  'reads aborted',
  'elections',
  'commits',
  'membership changes',
  'joint changes',
  'members replaced',
  'transfers',
  'snapshots sent',
  'snapshots installed',
  'log cuts',
  'restarts',
  'inspections',
] as const;
export type Deed = (typeof DEEDS)[number];

export type Counts = Record<Fault | Deed, number>;

export function noCounts(): Counts {
  return Object.fromEntries([...FAULTS, ...DEEDS].map((name) => [name, 0])) as Counts;
}

export function addCounts(total: Counts, more: Counts): void {
  for (const name of [...FAULTS, ...DEEDS]) total[name] += more[name];
}
