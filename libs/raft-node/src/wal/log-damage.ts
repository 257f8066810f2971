/** The bytes on the disk are not what was written and synced. The node must not start: it could forget a vote or an entry. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';

  constructor(
    readonly file: string,
    readonly offset: number,
    readonly reason: string,
  ) {
    super(
      `The write-ahead log is damaged: ${file} at byte ${offset}: ${reason}. This node will not start on it. ` +
        'In a cluster: remove this member, empty its DATA_DIR and database, and let it join again under a new node id. ' +
        'On a single node: restore DATA_DIR and the database together from the same backup. Do not edit or delete log files one by one.',
    );
  }
}

const isFull: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT']);

const wayOut = (cause: unknown): string =>
  isFull.has((cause as NodeJS.ErrnoException | undefined)?.code)
    ? '. Make room in DATA_DIR and start this node again: nothing that it acknowledged is lost.'
    : '';

/** A write or a sync failed. What the disk holds since then is unknown, so the log takes nothing more and the process must end. */
export class LogPoisoned extends Error {
  override readonly name = 'LogPoisoned';

  constructor(cause: unknown) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    super(
      `The write-ahead log failed and takes nothing more until the process starts again: ${detail}${wayOut(cause)}`,
      {
        cause,
      },
    );
  }
}
