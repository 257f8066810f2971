import type { PeerIdentity } from '@config-guardian/raft-node';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { ENVIRONMENT } from '../common/env';
import type { Environment } from '../common/env';
import { ConsensusNode } from '../consensus/consensus-node';
import { ConsensusService } from '../consensus/consensus.service';
import { DomainEvents } from '../consensus/domain-events';
import { PeerNetwork } from '../consensus/peers/peer-network';
import { clusterMembers } from './cluster-members.table';
import { memberChanged } from './member.events';
import { outcasts, peerAddresses } from './peer-addresses.rules';

/** For what no event tells: a snapshot that was installed, a configuration that came into force. */
const intervalMs = 500;

/** Tells the network where the other members are, from all that this node knows of them. */
@Injectable()
export class PeerDirectory implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  readonly #seen = new Map<string, PeerIdentity>();
  #timer: NodeJS.Timeout | undefined;
  #hasLeft = false;

  constructor(
    private readonly node: ConsensusNode,
    private readonly consensus: ConsensusService,
    private readonly network: PeerNetwork,
    private readonly events: DomainEvents,
    @Inject(ENVIRONMENT) private readonly environment: Environment,
  ) {}

  onModuleInit(): void {
    this.events.on(memberChanged, () => this.#tell());
    this.network.onPeer((peer) => this.#saw(peer));
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#tell(), intervalMs);
    this.#timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  get addresses(): readonly string[] {
    return [...this.#addresses().values()];
  }

  /** What the node last told in a handshake. */
  seen(nodeId: string): PeerIdentity | undefined {
    return this.#seen.get(nodeId);
  }

  /** This node is no member any more: it calls nobody. */
  leave(): void {
    this.#hasLeft = true;
    this.#tell();
  }

  #saw(peer: PeerIdentity): void {
    const { clusterId, nodeId } = this.network.identity;
    if (clusterId === null || peer.clusterId !== clusterId || peer.nodeId === nodeId) return;
    this.#seen.set(peer.nodeId, peer);
    this.#tell();
  }

  #tell(): void {
    if (!this.node.isStarted || !this.network.transport) return;
    this.network.transport.setPeers(this.#hasLeft ? new Map<string, string>() : this.#addresses());
    this.network.transport.setOutcasts(new Set(outcasts(this.#known())));
  }

  #addresses(): ReadonlyMap<string, string> {
    const addresses = new Map(peerAddresses(this.#known()));
    addresses.delete(this.network.identity.nodeId);
    return addresses;
  }

  #known() {
    return {
      members: [...this.consensus.state.of(clusterMembers).all()],
      inForce: this.consensus.status().members.map(({ member }) => member),
      seen: [...this.#seen.values()],
      configured: this.environment.clusterPeers ?? new Map<string, string>(),
    };
  }
}
