import { Chance } from '../../sim/chance';

export const everyFault = [
  'kill',
  'pause',
  'cut',
  'cut-one-way',
  'kill-leader',
  'restart-all',
  'transfer',
  'membership',
  'replace',
  'database',
  'database-crash',
] as const;
export type Fault = (typeof everyFault)[number];

/** Those that make sense with a node alone. */
export const faultsOfOne: readonly Fault[] = [
  'kill',
  'pause',
  'kill-leader',
  'restart-all',
  'database',
  'database-crash',
];

export interface Strike {
  readonly atMs: number;
  readonly fault: Fault;
  /** Places of nodes; the leader is found when its time comes. */
  readonly victims: readonly number[];
  readonly lastsMs: number;
}

export interface ScheduleOptions {
  readonly nodes: number;
  readonly lengthMs: number;
  readonly faults: readonly Fault[];
}

const gapMs = { from: 400, to: 2_000 };
const strikeMs = { from: 300, to: 3_500 };

/**
 * What happens to a cluster, and when: the same for the same seed. Every kind comes up before any comes twice. A third
 * of the strikes begins while the one before still lasts, so that faults meet.
 */
export function schedule(seed: number, { nodes, lengthMs, faults }: ScheduleOptions): readonly Strike[] {
  const chance = new Chance(seed);
  const strikes: Strike[] = [];
  let waiting: Fault[] = [];
  for (let atMs = chance.between(gapMs.from, gapMs.to); ;) {
    const lastsMs = chance.between(strikeMs.from, strikeMs.to);
    if (atMs + lastsMs > lengthMs) return strikes;
    if (waiting.length === 0) waiting = chance.shuffled(faults);
    const fault = waiting.pop();
    if (fault === undefined) return strikes;
    strikes.push({ atMs, fault, victims: victimsOf(fault, nodes, chance), lastsMs });
    atMs += (chance.happens(1 / 3) ? lastsMs >> 1 : lastsMs) + chance.between(gapMs.from, gapMs.to);
  }
}

function victimsOf(fault: Fault, nodes: number, chance: Chance): readonly number[] {
  const places = chance.shuffled([...Array(nodes).keys()]);
  switch (fault) {
    case 'kill':
    case 'pause':
    case 'database':
    case 'database-crash':
      // Now and then so many that no majority is left.
      return places.slice(0, chance.between(1, Math.max(1, Math.ceil(nodes / 2))));
    case 'cut':
      return places.slice(0, chance.between(1, Math.max(1, nodes - 1)));
    case 'cut-one-way':
      // From the first to the second.
      return places.slice(0, 2);
    case 'transfer':
    case 'membership':
    case 'replace':
      return places.slice(0, 1);
    case 'restart-all':
      return places;
    case 'kill-leader':
      return [];
  }
}

export const strikeText = ({ atMs, fault, victims, lastsMs }: Strike): string =>
  `${(atMs / 1000).toFixed(1)}s ${fault} ${victims.map((place) => `node-${place + 1}`).join(' ')} for ${lastsMs} ms`;
