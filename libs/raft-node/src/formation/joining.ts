import { configuration } from '@config-guardian/raft';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PeerError } from '../transport/transport';
import type { Transport } from '../transport/transport';
import { DurableFile } from './durable-file';
import { FormationRefused } from './formation';
import { decodeJson, encodeJson } from './formation-messages';
import type { FirstLog } from './formation-plan';
import type { SrvLookup } from './seed-addresses';
import { seedAddresses } from './seed-addresses';

export const joinMethod = 'cluster/join';
/** Asked of a node that may be waiting to be taken in, and told to it when it was. */
export const waitingMethod = 'cluster/waiting';
export const invitedMethod = 'cluster/invited';

type Asking = Pick<Transport, 'requestAt'>;

const retryMs = 1_000;
const requestTimeoutMs = 15_000;

/** Codes with which a cluster turns a node away for good; all else is tried again. */
const lasting: ReadonlySet<string> = new Set(['node-id-used', 'wrong-cluster', 'version-too-old']);

export interface JoinRequest {
  readonly nodeId: string;
  readonly incarnation: string;
  readonly raftAddress: string;
  readonly apiAddress: string;
  /** What it is to be once it has caught up; a learner stays one. */
  readonly role: 'voter' | 'learner';
}

export interface JoinAnswer {
  readonly clusterId: string;
}

export interface JoiningOptions extends Omit<JoinRequest, 'incarnation'> {
  /** As CLUSTER_JOIN: `host:port,...` or `srv:name`. */
  readonly join: string;
  readonly directory: string;
  readonly log: (message: string) => void;
  readonly lookup?: SrvLookup;
}

/**
 * Asks a cluster to take this empty node in, as a learner at first or for good, or is told by it that it was. The incarnation is kept, so that
 * asking again is harmless.
 */
export class Joining {
  private readonly file: DurableFile<{ readonly incarnation: string }>;
  private invitedTo: string | undefined;

  constructor(private readonly options: JoiningOptions) {
    this.file = new DurableFile(join(options.directory, 'joining.json'));
  }

  /** Resolves when this node's log may begin, empty and without members; `finished` is to be called when it has. */
  async run(transport: Asking, signal: AbortSignal): Promise<FirstLog> {
    const { nodeId, raftAddress, apiAddress, role } = this.options;
    const { incarnation } = this.kept();
    let told = '';
    for (;;) {
      signal.throwIfAborted();
      const asked = await this.ask(transport, { nodeId, incarnation, raftAddress, apiAddress, role });
      const { clusterId = this.invitedTo, reason } = asked;
      if (clusterId !== undefined) {
        return { identity: { clusterId, nodeId, incarnation }, configuration: configuration([]) };
      }
      if (reason !== told) this.options.log(`not taken in yet: ${reason}`);
      told = reason;
      await delay(retryMs, undefined, { signal });
    }
  }

  finished(): void {
    this.file.remove();
  }

  /** Answers a member that takes this node in, as long as it has no log. */
  answer(method: string, body: Uint8Array): Uint8Array {
    const { nodeId, raftAddress, apiAddress, role } = this.options;
    const { incarnation } = this.kept();
    switch (method) {
      case waitingMethod:
        return encodeJson({ nodeId, incarnation, raftAddress, apiAddress, role } satisfies JoinRequest);
      case invitedMethod:
        this.invitedTo = (decodeJson(body) as JoinAnswer).clusterId;
        return encodeJson({});
      default:
        throw new PeerError('not-formed', `${nodeId} belongs to no cluster yet`);
    }
  }

  private kept(): { readonly incarnation: string } {
    const known = this.file.read();
    if (known !== null) return known;
    const kept = { incarnation: randomUUID() };
    this.file.write(kept);
    return kept;
  }

  private async ask(transport: Asking, request: JoinRequest): Promise<{ clusterId?: string; reason: string }> {
    const reasons: string[] = [];
    for (const address of await this.addresses(reasons)) {
      try {
        const { body } = await transport.requestAt(address, joinMethod, encodeJson(request), {
          timeoutMs: requestTimeoutMs,
        });
        return { clusterId: (decodeJson(body) as JoinAnswer).clusterId, reason: '' };
      } catch (error) {
        if (!(error instanceof PeerError)) throw error;
        if (lasting.has(error.code)) throw new FormationRefused(`${address}: ${error.message}`);
        reasons.push(error.message.startsWith(`${address}: `) ? error.message : `${address}: ${error.message}`);
      }
    }
    return { reason: reasons.join('; ') };
  }

  private async addresses(reasons: string[]): Promise<readonly string[]> {
    try {
      return await seedAddresses(this.options.join, this.options.lookup);
    } catch (error) {
      reasons.push(`${this.options.join}: ${(error as Error).message}`);
      return [];
    }
  }
}
