import type { Configuration, Entry, MemberId, Message } from '@config-guardian/raft';
import { configuration } from '@config-guardian/raft';
import { stamp, withHeader } from '../../../libs/raft-node/src/driver/command-header';
import { committed } from '../../../libs/raft-node/src/driver/apply-queue';
import type { Chance } from '../chance';
import type { Commands } from './registry';
import type { Scene } from './scene';
import type { OfferedSnapshot } from './snapshot-offer';
import { SnapshotOffer } from './snapshot-offer';
import type { Truth } from './truth';

const NODE = 'n#1';
const LEADERS: readonly MemberId[] = ['l#1', 'm#1'];
export const GROUP: Configuration = configuration([NODE, ...LEADERS]);

export interface LeaderParts {
  readonly scene: Scene;
  readonly chance: Chance;
  readonly truth: Truth;
  readonly commands: Commands;
  readonly send: (message: Message) => void;
}

/** How long an answer is waited for before the same is sent again. */
const PATIENCE_MS = 150;
const HEARTBEAT_MS = 50;

/**
 * The rest of the group, standing in for two members that lose nothing: one of them leads, commits with the other's help
 * whether the node is there or not, overwrites at a change of leader what was not committed, and cuts its log soon, so
 * that a node which lags needs a snapshot.
 */
export class Leader {
  term = 1;
  readonly offer: SnapshotOffer;
  private entries: Entry[] = [];
  private leader: MemberId = LEADERS[0]!;
  private begins = 1;
  private leadsFrom = 1;
  private next = 1;
  private match = 0;
  private sentAt = -Infinity;
  private silentUntil = 0;

  constructor(private readonly parts: LeaderParts) {
    this.offer = new SnapshotOffer(parts.truth, parts.chance);
    this.append({ type: 'configuration', index: 1, term: 1, configuration: GROUP });
    this.commitTo(1);
    this.beat();
  }

  get lastIndex(): number {
    return this.entries.length;
  }

  get commit(): number {
    return this.parts.truth.lastIndex;
  }

  termAt(index: number): number {
    return this.entries[index - 1]?.term ?? 0;
  }

  /** What there is gets committed. */
  commitAll(): void {
    this.commitTo(this.lastIndex);
  }

  change(): void {
    const { chance, scene } = this.parts;
    this.term += chance.between(1, 2);
    this.leader = chance.pick(LEADERS)!;
    this.entries.length = chance.between(this.commit, this.lastIndex);
    this.leadsFrom = this.lastIndex + 1;
    this.offer.withdraw();
    this.append({ type: 'no-op', index: this.leadsFrom, term: this.term });
    [this.match, this.next] = [0, this.lastIndex];
    scene.counts['leader-changes'] += 1;
  }

  propose(count: number): void {
    const { commands, scene, chance } = this.parts;
    for (let n = 0; n < count; n += 1) {
      const at = { index: this.lastIndex + 1, term: this.term };
      if (chance.happens(0.01)) {
        const learners = chance.happens(0.5) ? ['x#1'] : [];
        this.append({ type: 'configuration', ...at, configuration: configuration(GROUP.voters, learners) });
        continue;
      }
      const command = withHeader(7, at.index, commands.next(this.commit));
      stamp(command, scene.time.wall);
      this.append({ type: 'command', ...at, data: command });
    }
    scene.counts.proposals += count;
    if (chance.happens(0.7)) this.commitTo(chance.between(this.commit, this.lastIndex));
    this.replicate();
  }

  /** The node hears nothing new for a while; then the log of the leader begins later than the node's ends. */
  leaveBehind(): void {
    const { chance, scene } = this.parts;
    const until = scene.time.now + chance.between(50, 500);
    this.silentUntil = until;
    scene.time.later(until - scene.time.now, () => (this.begins = chance.between(this.begins, this.commit + 1)));
  }

  receive(message: Message): void {
    if (message.term !== this.term || message.to !== this.leader || message.type !== 'append-response') return;
    if (message.reject) {
      if (message.index !== this.next - 1) return;
      this.next = Math.max(1, Math.min(message.index, message.rejectHint + 1));
    } else {
      this.match = Math.max(this.match, message.index);
      this.next = Math.max(this.next, this.match + 1);
      if (this.offer.current && this.match >= this.offer.current.index) this.offer.withdraw();
    }
    this.sentAt = -Infinity;
    this.replicate();
  }

  private append(entry: Entry): void {
    this.entries.push(entry);
  }

  private commitTo(index: number): void {
    if (index < this.leadsFrom) return;
    while (this.commit < index) this.parts.truth.commit(committed(this.entries[this.commit]!));
  }

  private beat(): void {
    const { time } = this.parts.scene;
    time.later(HEARTBEAT_MS, () => {
      const commit = Math.min(this.match, this.commit);
      this.send({ type: 'heartbeat', ...this.envelope, commit, context: 0 });
      this.replicate();
      this.beat();
    });
  }

  private replicate(): void {
    const { time } = this.parts.scene;
    if (this.match >= this.lastIndex || time.now < this.silentUntil || time.now - this.sentAt < PATIENCE_MS) return;
    this.sentAt = time.now;
    if (this.next < this.begins) return this.feed(this.offer.current ?? this.offer.make(this.commit));
    const { chance } = this.parts;
    const prevIndex = this.next - 1;
    const entries = this.entries.slice(prevIndex, prevIndex + chance.between(1, 40));
    const prevTerm = this.termAt(prevIndex);
    this.send({ type: 'append', ...this.envelope, prevIndex, prevTerm, entries, commit: this.commit });
  }

  private feed({ index, data }: OfferedSnapshot): void {
    const { membership } = this.parts.truth.at(index)!;
    const snapshot = { index, term: this.termAt(index), configuration: JSON.parse(membership) as Configuration, data };
    this.send({ type: 'snapshot', ...this.envelope, snapshot });
  }

  private get envelope() {
    return { from: this.leader, to: NODE, term: this.term };
  }

  private send(message: Message): void {
    this.parts.send(message);
  }
}
