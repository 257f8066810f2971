import { memberId } from '@config-guardian/raft';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PeerError } from '../transport/transport';
import type { Transport } from '../transport/transport';
import { DurableFile } from './durable-file';
import type { FormationStatus } from './formation-messages';
import { decodeJson, encodeJson, formationMethods } from './formation-messages';
import type { FirstLog, FormationPlan } from './formation-plan';
import { firstLogOf, newPlan } from './formation-plan';

/** What forming needs of the transport. */
type Asking = Pick<Transport, 'request' | 'setPeers'>;

const retryMs = 250;
const requestTimeoutMs = 2_000;

/** This node must not take part: the message says why, and how it can. */
export class FormationRefused extends Error {
  override readonly name = 'FormationRefused';
}

export interface FormationOptions {
  readonly nodeId: string;
  /** Every first member by node id, this node among them: `host:port`. */
  readonly peers: ReadonlyMap<string, string>;
  /** Where the promise to take part is kept until the log exists. */
  readonly directory: string;
  readonly log: (message: string) => void;
}

/**
 * Forms a cluster of nodes that are all empty, once. The node with the lowest id plans; every node keeps the plan on
 * its disk before any has a log; only then the logs begin. A node that has neither log nor plan, while another has a
 * log, was wiped: it may have voted before, and does not take part again under that name.
 */
export class Formation {
  private readonly file: DurableFile<FormationPlan>;
  private committed: FormationPlan | undefined;

  constructor(private readonly options: FormationOptions) {
    this.file = new DurableFile(join(options.directory, 'forming.json'));
  }

  /** Resolves when this node's log may begin; `finished` is to be called when it has. */
  async run(transport: Asking, signal: AbortSignal): Promise<FirstLog> {
    const { nodeId, peers } = this.options;
    transport.setPeers(new Map([...peers].filter(([id]) => id !== nodeId)));
    let told = '';
    for (;;) {
      signal.throwIfAborted();
      const plan = this.committed ?? (await this.attempt(transport));
      if (plan) return firstLogOf(plan, nodeId);
      const waiting = this.missing.join(', ');
      if (waiting !== told) {
        this.options.log(
          waiting === '' ? 'every peer is there, the cluster is being formed' : `waiting for ${waiting}`,
        );
        told = waiting;
      }
      await delay(retryMs, undefined, { signal });
    }
  }

  finished(): void {
    this.file.remove();
  }

  /** Answers the other nodes as long as this one has no log. */
  answer(method: string, body: Uint8Array): Uint8Array {
    switch (method) {
      case formationMethods.status:
        return encodeJson(this.status());
      case formationMethods.prepare:
        return encodeJson(this.prepare(decodeJson(body) as FormationPlan));
      case formationMethods.commit:
        return encodeJson(this.commit(decodeJson(body) as Pick<FormationPlan, 'clusterId'>));
      default:
        throw new PeerError('not-formed', `${this.options.nodeId} belongs to no cluster yet`);
    }
  }

  private missing: readonly string[] = [];

  private status(): FormationStatus {
    const plan = this.file.read();
    return plan === null ? { state: 'empty' } : { state: 'forming', plan };
  }

  private prepare(plan: FormationPlan): { readonly prepared: true } {
    const [theirs, ours] = [Object.keys(plan.incarnations), [...this.options.peers.keys()]].map((ids) =>
      [...ids].sort().join(', '),
    );
    if (theirs !== ours) {
      throw new PeerError('peers-differ', `CLUSTER_PEERS names ${ours} here and ${theirs} at the node that forms`);
    }
    this.file.write(plan);
    return { prepared: true };
  }

  private commit({ clusterId }: Pick<FormationPlan, 'clusterId'>): { readonly committed: boolean } {
    const plan = this.file.read();
    if (plan?.clusterId === clusterId) this.committed = plan;
    return { committed: this.committed?.clusterId === clusterId };
  }

  private async attempt(transport: Asking): Promise<FormationPlan | undefined> {
    const others = [...this.options.peers.keys()].filter((id) => id !== this.options.nodeId).sort();
    const statuses = await Promise.all(others.map((id) => this.ask<FormationStatus>(transport, id, 'status', {})));
    this.missing = others.filter((_, at) => statuses[at] === undefined);
    for (const [at, status] of statuses.entries()) {
      if (status?.state === 'formed') return this.adopt(others[at] ?? '', status);
    }
    const isFirst = others.every((id) => this.options.nodeId < id);
    if (!isFirst || this.missing.length > 0) return undefined;
    return this.lead(transport, others);
  }

  /** The cluster exists. With the plan kept here this node is one of its first members and has not voted yet. */
  private adopt(peer: string, formed: Extract<FormationStatus, { state: 'formed' }>): FormationPlan {
    const { nodeId } = this.options;
    const plan = this.file.read();
    const own = plan === null ? '' : memberId(nodeId, plan.incarnations[nodeId] ?? '');
    if (plan?.clusterId === formed.clusterId && formed.members.includes(own)) return plan;
    throw new FormationRefused(
      `${peer} belongs to cluster ${formed.clusterId} already, and this node has no log: its disk was emptied, or it was ` +
        `never a member. What ${nodeId} promised before cannot be known, so it does not vote again. Remove ${nodeId} from the ` +
        'cluster (DELETE /v1/cluster/members/{id}), then start it with a new NODE_ID and CLUSTER_JOIN instead of CLUSTER_PEERS.',
    );
  }

  private async lead(transport: Asking, others: readonly string[]): Promise<FormationPlan | undefined> {
    const plan = this.file.read() ?? newPlan([...this.options.peers.keys()]);
    this.file.write(plan);
    const prepared = await Promise.all(others.map((id) => this.ask(transport, id, 'prepare', plan)));
    if (prepared.some((answer) => answer === undefined)) return undefined;
    // From here on nobody plans anew: whoever asks finds a plan on every disk, or a log.
    await Promise.all(others.map((id) => this.ask(transport, id, 'commit', { clusterId: plan.clusterId })));
    return plan;
  }

  private async ask<Answer>(
    transport: Asking,
    nodeId: string,
    method: keyof typeof formationMethods,
    body: unknown,
  ): Promise<Answer | undefined> {
    try {
      const timeout = { timeoutMs: requestTimeoutMs };
      return decodeJson(await transport.request(nodeId, formationMethods[method], encodeJson(body), timeout)) as Answer;
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      if (error.code === 'peers-differ') throw new FormationRefused(`${nodeId}: ${error.message}`);
      return undefined;
    }
  }
}
