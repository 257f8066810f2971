import type { CommittedEntry } from '@config-guardian/raft-node';
import { LogError } from '@config-guardian/raft-node';
import { Deadline } from '../../apps/server/src/common/deadline';
import type { RequestContext } from '../../apps/server/src/common/http/request-context';
import type { CommandDefinition } from '../../apps/server/src/consensus/command';
import type { ConsensusNode } from '../../apps/server/src/consensus/consensus-node';
import type { Executed } from '../../apps/server/src/consensus/consensus.service';
import { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import type { RowChange } from '../../apps/server/src/consensus/state/staging';
import type { Applied } from '../../apps/server/src/consensus/state-machine';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import { aFullRegistry } from './every-feature';

/** What a node does at the edge of the log with one command. */
export interface Attempt {
  readonly command: CommandDefinition;
  readonly payload: object;
  /** Null for requests without a user; of the node itself when `isSystem`. */
  readonly actor: string | null;
  readonly isSystem?: boolean;
  readonly commandId: string;
  readonly fingerprint: string;
}

type Result = Promise<Executed<object | null>>;

interface Waiting {
  readonly data: Uint8Array;
  resolve(value: { index: number; term: number; result: Applied }): void;
  reject(error: unknown): void;
}

/**
 * The real service over a real state machine and a log in memory that commits when it is told to: what is proposed in
 * between was all rehearsed on the same state, as it is when many clients come at once.
 */
export class ProposingNode {
  readonly log: CommittedEntry[] = [];
  readonly applied: Applied[] = [];
  readonly service: ConsensusService;
  #waiting: Waiting[] = [];
  #atMs = Date.UTC(2026, 0, 1);

  constructor(
    readonly machine = new StateMachine(aFullRegistry()),
    refusal: (changes: readonly RowChange[]) => string | undefined = () => undefined,
  ) {
    const index = (): number => machine.position.index;
    const node = {
      machine,
      applied: {
        get value() {
          return index();
        },
      },
      persister: { refusal },
      log: {
        propose: (data: Uint8Array) => new Promise((resolve, reject) => this.#waiting.push({ data, resolve, reject })),
      },
    };
    this.service = new ConsensusService(node as unknown as ConsensusNode);
  }

  /** Rehearses and proposes; settles after the next commit, or at once when it never reached the log. */
  propose({ command, payload, actor, isSystem = false, commandId, fingerprint }: Attempt): Result {
    if (isSystem) return this.service.executeAsSystem(command, payload);
    const context = { requestId: commandId, trace: null, actorId: actor, commandId, fingerprint };
    return this.service.execute(command, payload, { ...context, deadline: Deadline.after(60_000) } as RequestContext);
  }

  /** The entries come as part of a snapshot: they are applied, and whoever waits for them is not told. */
  install(): void {
    const unknown = new LogError('outcome-unknown', 'not seen to be committed in time');
    for (const waiting of this.#waiting) waiting.resolve = () => waiting.reject(unknown);
    this.commit();
  }

  /** Commits and applies everything proposed, in order. Throws what would halt the node. */
  commit(elapsedMs = 1): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const proposal of waiting) {
      const { data, reject } = proposal;
      this.#atMs += elapsedMs;
      const index = this.machine.position.index + 1;
      const entry = { index, term: 1, at: this.#atMs, data };
      this.log.push(entry);
      try {
        const result = this.machine.apply(entry);
        this.applied.push(result);
        proposal.resolve({ index, term: 1, result });
      } catch (error) {
        reject(error);
        throw error;
      }
    }
  }
}
