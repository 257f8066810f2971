/** Every step that leaves something behind: what a node does to its disk and to its database. */
export const STEPS = [
  'log write',
  'log sync',
  'mark write',
  'mark sync',
  'install-end write',
  'install-end sync',
  'segment create',
  'segment remove',
  'directory sync',
  'batch begin',
  'batch move',
  'batch rows',
  'batch trim',
  'async commit',
  'sync commit',
  'write-through',
  'install begin',
  'install clear',
  'install rows',
  'install move',
  'install commit',
  'boot load',
  'boot write-through',
  'boot insert',
] as const;
export type Step = (typeof STEPS)[number];

/** The steps of an installation, from its mark to its end. */
export const INSTALL_STEPS: readonly Step[] = STEPS.filter((step) => /^(mark|install)/.test(step));

export const SIDES = ['before', 'after'] as const;
export type Side = (typeof SIDES)[number];

/** What dies: the process alone, the computer with all that runs on it, or the database under the living process. */
export const DEATHS = ['kill', 'power-loss', 'database-crash'] as const;
export type Death = (typeof DEATHS)[number];

interface CrashPoint {
  readonly step: Step;
  readonly side: Side;
  readonly death: Death;
}

/** The next crash: at which step, on which side of it, and what dies. */
export class CrashPlan {
  private point: CrashPoint | undefined;

  arm(point: CrashPoint | undefined): void {
    this.point = point;
  }

  /** The death that is due here; each is met once. */
  meet(step: Step, side: Side): Death | undefined {
    const { point } = this;
    if (point?.step !== step || point.side !== side) return undefined;
    this.point = undefined;
    return point.death;
  }
}

export type CrashCounts = Record<Step, Record<Side, number>>;

export const noCrashes = (): CrashCounts =>
  Object.fromEntries(STEPS.map((step) => [step, { before: 0, after: 0 }])) as CrashCounts;
