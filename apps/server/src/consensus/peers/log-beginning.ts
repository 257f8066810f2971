import type { FirstLog, LogStatus } from '@config-guardian/raft-node';
import {
  decodeJson,
  encodeJson,
  Formation,
  formationMethods,
  invitedMethod,
  Joining,
  logExists,
  loneMember,
  PeerError,
  waitingMethod,
} from '@config-guardian/raft-node';
import { Inject, Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { ENVIRONMENT } from '../../common/env';
import type { Environment } from '../../common/env';
import { ServingGate } from '../../common/serving-gate';
import { PeerNetwork } from './peer-network';

interface Way {
  answer(method: string, body: Uint8Array): Uint8Array;
  finished(): void;
}

/**
 * How the log of this node begins: formed with its peers, joined to a cluster, or alone. What it waits for is told by
 * the log and by the readiness probe.
 */
@Injectable()
export class LogBeginning {
  constructor(
    @Inject(ENVIRONMENT) private readonly environment: Environment,
    private readonly network: PeerNetwork,
    private readonly gate: ServingGate,
    private readonly pino: PinoLogger,
  ) {}

  /** Undefined when the log has begun before. Rejects with FormationRefused when this node must not take part. */
  async find(logDirectory: string, signal: AbortSignal): Promise<FirstLog | undefined> {
    const { nodeId, clusterPeers } = this.environment;
    if (logExists(logDirectory)) return undefined;
    const transport = this.network.transport;
    if (!transport) return loneMember(nodeId);
    const [formation, joining] = [this.#formation(), this.#joining()];
    if (formation && clusterPeers) {
      this.#answerWith(formation, Object.values(formationMethods));
      this.#waitFor('waiting for the peers in CLUSTER_PEERS');
      return formation.run(transport, signal);
    }
    if (!joining) return loneMember(nodeId);
    this.#answerWith(joining, [waitingMethod, invitedMethod]);
    this.#waitFor('waiting to be taken into the cluster');
    return joining.run(transport, signal);
  }

  /** The log exists: the promises that led to it are over, and peers that come late are told so. */
  begun(status: () => LogStatus): void {
    this.#formation()?.finished();
    this.#joining()?.finished();
    this.network.on(formationMethods.status, () => formed(status()));
    for (const method of [formationMethods.prepare, waitingMethod, invitedMethod])
      this.network.on(method, () => {
        throw new PeerError('formed', `${this.environment.nodeId} belongs to cluster ${status().clusterId} already`);
      });
    this.network.on(formationMethods.commit, (body) => ({
      committed: (body as { readonly clusterId?: unknown }).clusterId === status().clusterId,
    }));
  }

  #answerWith(way: Way, methods: readonly string[]): void {
    for (const method of methods) this.network.on(method, (body) => decodeJson(way.answer(method, encodeJson(body))));
  }

  readonly #waitFor = (what: string): void => {
    this.gate.wait(`The node is starting: ${what}.`);
    this.pino.info(what);
  };

  #formation(): Formation | undefined {
    const { nodeId, clusterPeers: peers, dataDir: directory } = this.environment;
    return peers ? new Formation({ nodeId, peers, directory, log: this.#waitFor }) : undefined;
  }

  #joining(): Joining | undefined {
    const { clusterJoin: join, clusterRole: role, dataDir: directory } = this.environment;
    const { nodeId, raftAddress, apiAddress } = this.network.identity;
    if (join === null) return undefined;
    return new Joining({ nodeId, raftAddress, apiAddress, role, join, directory, log: this.#waitFor });
  }
}

/** As long as the members are not known this node cannot say who may still take part. */
function formed({ clusterId, members }: LogStatus): object {
  if (members.length === 0) throw new PeerError('not-ready', 'the members are not known here yet');
  return { state: 'formed', clusterId, members: members.map(({ member }) => member) };
}
