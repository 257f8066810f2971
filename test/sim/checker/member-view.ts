import type { Configuration, Entry, MemberId, Role } from '@config-guardian/raft';
import type { DurableLog } from './durable-log';
import { LogModel } from './log-model';

interface Placed {
  readonly index: number;
  readonly configuration: Configuration;
}

/** What a running member has shown of itself. Its disk outlives it. */
export class MemberView {
  term = 0;
  vote: MemberId | null = null;
  role: Role = 'follower';
  commit = 0;
  /** Of a leader: the first entry of its term. */
  leadsFrom = 0;
  /** The last index handed out to be applied, and the last one applied. */
  handedOut = 0;
  applied = 0;
  log = new LogModel();
  configurations: Placed[] = [];

  constructor(
    readonly id: MemberId,
    readonly durable: DurableLog,
  ) {}

  get configuration(): Configuration {
    return this.configurations.at(-1)!.configuration;
  }

  get configurationIndex(): number {
    return this.configurations.at(-1)!.index;
  }

  put(entry: Entry): void {
    while (this.configurations.length > 1 && this.configurationIndex >= entry.index) this.configurations.pop();
    if (entry.type === 'configuration') this.configurations.push(entry);
    this.log.put(entry);
  }

  uncommittedChanges(decided: number): number {
    let count = 0;
    for (let at = this.configurations.length - 1; at >= 0 && this.configurations[at]!.index > decided; at--) count++;
    return count;
  }
}
