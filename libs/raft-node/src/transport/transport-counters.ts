import type { Refusal } from './refusal';
import type { TransportStats } from './transport';

export type TransportLog = (level: 'info' | 'warn', text: string) => void;

/** What happened since the start, and the log lines about it. */
export class TransportCounters {
  connections = 0;
  framesSent = 0;
  framesReceived = 0;
  bytesSent = 0;
  bytesReceived = 0;
  dropped = 0;
  private readonly refused = new Map<string, number>();

  constructor(readonly log: TransportLog) {}

  /** Logs the 1st, 2nd, 4th, 8th ... of a kind: who knocks at the port all day cannot fill a disk. */
  refuse({ reason, message }: Refusal, peer: string): void {
    const count = (this.refused.get(reason) ?? 0) + 1;
    this.refused.set(reason, count);
    if ((count & (count - 1)) === 0) {
      this.log('warn', `Closed a connection with ${peer} (${reason}, ${count} so far): ${message}.`);
    }
  }

  stats(): TransportStats {
    const { connections, framesSent, framesReceived, bytesSent, bytesReceived, dropped } = this;
    const refused = Object.fromEntries(this.refused);
    return { connections, framesSent, framesReceived, bytesSent, bytesReceived, dropped, refused };
  }
}
