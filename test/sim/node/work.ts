import type { Message } from '@config-guardian/raft';
import type { Chance } from '../chance';
import type { Checks } from './checks';
import type { Computer } from './computer';
import type { Leader } from './leader';
import type { Commands } from './registry';
import type { Scene } from './scene';
import { IDENTITY } from './settings';
import type { Truth } from './truth';

export interface WorkParts {
  readonly scene: Scene;
  readonly chance: Chance;
  readonly computer: Computer;
  readonly leader: Leader | undefined;
  readonly checks: Checks;
  readonly commands: Commands;
  readonly truth: Truth;
}

const peer = { clusterId: IDENTITY.clusterId, raftAddress: '', apiAddress: '', version: '', clusterVersion: 1 };

/** What the node is there for: commands, messages of the group, and readers that wait for the database. */
export class Work {
  private isStopped = false;
  private acknowledged = 0;

  constructor(private readonly parts: WorkParts) {
    this.go();
  }

  /** No more harm, no more work: what is committed has to come to rest in the database. */
  stop(): void {
    this.isStopped = true;
    this.parts.leader?.commitAll();
  }

  deliver(message: Message): void {
    const [nodeId = '', incarnation = ''] = message.from.split('#');
    this.parts.computer.node?.log.handlers.onMessage(message, { ...peer, nodeId, incarnation });
  }

  get isDone(): boolean {
    const { computer, truth } = this.parts;
    const { node, server } = computer;
    const { lastIndex } = truth;
    if (!node || node.state.appliedIndex !== lastIndex || lastIndex < this.acknowledged) return false;
    return server.safeIndex === lastIndex && node.log.status().installingIndex === null;
  }

  get shortfall(): string {
    const { computer, truth } = this.parts;
    const { node, server } = computer;
    return (
      `${truth.lastIndex} entries are committed, ${this.acknowledged} acknowledged; the node has applied ` +
      `${node?.state.appliedIndex}, its database has ${server.appliedIndex}, safe are ${server.safeIndex}`
    );
  }

  private go(): void {
    const { scene, chance, leader } = this.parts;
    scene.time.later(chance.wait(35), () => {
      if (this.isStopped) return;
      const count = chance.between(1, 4);
      if (leader) leader.propose(count);
      else this.propose(count);
      if (chance.happens(0.1)) this.awaitFlush();
      this.go();
    });
  }

  private propose(count: number): void {
    const { scene, computer, checks, commands } = this.parts;
    const { life, node } = computer;
    if (!node) return;
    for (let n = 0; n < count; n += 1) {
      scene.counts.proposals += 1;
      node.log.propose(commands.next(node.state.appliedIndex), { deadlineMs: scene.time.now + 1_000 }).then(
        ({ index }) => {
          if (life.isOver) return;
          this.acknowledged = Math.max(this.acknowledged, index);
          checks.acknowledged(index);
        },
        () => undefined,
      );
    }
  }

  private awaitFlush(): void {
    const { computer, checks } = this.parts;
    const { life, node } = computer;
    if (!node) return;
    const index = node.state.appliedIndex;
    node.state.flushed(index).then(
      () => life.isOver || checks.flushed(index, computer.server),
      () => undefined,
    );
  }
}
