import type { LogRole } from '@config-guardian/raft-node';
import { Injectable } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { StateComparison } from '../cluster/state-comparison';
import { ConsensusNode } from '../consensus/consensus-node';
import { PeerNetwork } from '../consensus/peers/peer-network';
import { metricPrefix, Metrics } from './metrics';

const roles: readonly LogRole[] = ['leader', 'follower', 'candidate', 'learner'];

/** Read from log, state and persister when metrics are asked for, so they cost nothing in between. */
@Injectable()
export class RaftMetrics {
  constructor(
    metrics: Metrics,
    private readonly node: ConsensusNode,
    network: PeerNetwork,
    comparison: StateComparison,
  ) {
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name: metricPrefix + name,
        help,
        registers: [metrics.registry],
        collect() {
          if (node.isStarted) this.set(value());
        },
      });
    };
    gauge('raft_term', 'Current term.', () => this.node.log.status().term);
    gauge('raft_is_leader', '1 while this node leads, else 0.', () => Number(this.node.log.status().role === 'leader'));
    gauge('raft_commit_index', 'Newest log index known to be committed.', () => this.node.log.status().commitIndex);
    gauge('raft_applied_index', 'Newest log index that the state reflects.', () => this.node.applied.value);
    gauge(
      'raft_flushed_index',
      'Newest log index that PostgreSQL shows.',
      () => this.node.persister.status().flushedIndex,
    );
    gauge(
      'state_members_apart',
      'Members whose state hash differs from that of this node at an index that both have.',
      () => comparison.apart.length,
    );
    gauge(
      'raft_pending_proposals',
      'Proposals that wait for their commit.',
      () => this.node.log.status().pendingProposals,
    );
    gauge(
      'persister_pending_entries',
      'Applied entries that no synchronous commit covers yet.',
      () => this.node.persister.status().pendingEntries,
    );
    gauge('persister_pending_bytes', 'Memory that they take, about.', () => this.node.persister.status().pendingBytes);
    gauge('persister_connected', '1 while the persister has its connection, else 0.', () =>
      Number(this.node.persister.status().connected),
    );
    new Gauge({
      name: `${metricPrefix}raft_role`,
      help: '1 for the role that this node has now, 0 for the others.',
      labelNames: ['role'],
      registers: [metrics.registry],
      collect() {
        if (!node.isStarted) return;
        const { role } = node.log.status();
        for (const each of roles) this.set({ role: each }, Number(each === role));
      },
    });
    new Counter({
      name: `${metricPrefix}peer_refused_connections_total`,
      help: 'Connections with peers that this node closed, by why.',
      labelNames: ['reason'],
      registers: [metrics.registry],
      collect() {
        this.reset();
        for (const [reason, count] of Object.entries(network.stats()?.refused ?? {})) this.inc({ reason }, count);
      },
    });
  }
}
