import { postgresProcessesOf } from '../../apps/server/src/database/embedded-postgres/running-process';

/** A PostgreSQL that neither answers nor hangs up, as one on a disk that hangs or on a machine that is paused. */
export class FrozenPostgres {
  private constructor(private readonly processIds: readonly number[]) {}

  /** `cluster` is the directory of a running server, `postmaster` its first process. */
  static freeze(cluster: string, postmaster: number): FrozenPostgres {
    const frozen = new Set<number>();
    // The postmaster first, so that it starts no more backends; then all there are.
    for (const processId of [postmaster, ...postgresProcessesOf(cluster, postmaster)]) {
      if (frozen.has(processId)) continue;
      process.kill(processId, 'SIGSTOP');
      frozen.add(processId);
    }
    return new FrozenPostgres([...frozen]);
  }

  thaw(): void {
    for (const processId of this.processIds) {
      try {
        process.kill(processId, 'SIGCONT');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }
}
