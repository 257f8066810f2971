/** A planted bug: one text of one source file, replaced while a simulation loads it. Nothing of it is in production code. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

const core = (name: string) => `libs/raft/src/${name}.ts`;
const node = (name: string) => `libs/raft-node/src/${name}.ts`;
const driver = 'test/sim/member.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'vote not persisted',
    file: core('raw-node'),
    find: 'return this.raft.term !== this.handedOut.term || this.raft.vote !== this.handedOut.vote;',
    replace: 'return this.raft.term !== this.handedOut.term;',
  },
  {
    name: 'term and vote not written to the log',
    file: node('raft-storage'),
    find: 'if (hardState !== null) this.log.append(',
    replace: 'if (hardState !== null && snapshot !== null) this.log.append(',
  },
  {
    name: 'promises leave before the sync',
    file: core('raft-state'),
    find: 'this.held.push(message);',
    replace: 'if (message.to === this.id) this.held.push(message); else this.outbox.push(message);',
  },
  {
    name: 'the driver says persisted before the sync',
    file: driver,
    find: 'this.storage.write(work);\n',
    replace: 'this.node.persisted(work.at(-1)!.receipt!); this.drain(); this.storage.write(work);\n',
  },
  {
    name: 'sync skipped',
    file: node('wal/write-ahead-log'),
    find: 'active.file.writeAt(this.end, frame);\n    active.file.sync();',
    replace: 'active.file.writeAt(this.end, frame);',
  },
  {
    name: 'an old term’s entry committed by counting',
    file: core('commit'),
    find: 'if (index <= raft.log.committed || index < raft.leadsFrom) return;',
    replace: 'if (index <= raft.log.committed) return;',
  },
  {
    name: 'the leader counts itself before its sync',
    file: core('commit'),
    find: '(member) => raft.progress.get(member)?.match ?? 0);',
    replace: '(member) => member === raft.id ? raft.log.lastIndex() : raft.progress.get(member)?.match ?? 0);',
  },
  {
    name: 'a joint commit needs only the incoming majority',
    file: core('quorum/joint'),
    find: 'return Math.min(majorityIndex(of.voters, acked), majorityIndex(of.outgoing, acked));',
    replace: 'return majorityIndex(of.voters, acked);',
  },
  {
    name: 'a joint election needs only the incoming majority',
    file: core('quorum/joint'),
    find: 'const outgoing = majorityVote(of.outgoing, votes);',
    replace: 'const outgoing = incoming;',
  },
  {
    name: 'half is a majority',
    file: core('quorum/majority'),
    find: 'return Math.floor(size / 2) + 1;',
    replace: 'return Math.ceil(size / 2);',
  },
  {
    name: 'a member on its way out counted in the incoming half',
    file: core('quorum/joint'),
    find: 'return Math.min(majorityIndex(of.voters, acked), majorityIndex(of.outgoing, acked));',
    replace:
      'return Math.min(majorityIndex([...new Set([...of.voters, ...of.outgoing])], acked), majorityIndex(of.outgoing, acked));',
  },
  {
    name: 'a removed member still counted',
    file: core('configuration-history'),
    find: 'return this.placed.at(-1)!.configuration;',
    replace:
      'return { ...this.placed.at(-1)!.configuration, voters: [...new Set([...this.placed.at(-1)!.configuration.voters, ...this.placed[0]!.configuration.voters])] };',
  },
  {
    name: 'a learner counted',
    file: core('quorum/joint'),
    find: 'return Math.min(majorityIndex(of.voters, acked), majorityIndex(of.outgoing, acked));',
    replace:
      "return Math.min(majorityIndex([...of.voters, ...('learners' in of ? (of.learners as string[]) : [])], acked), majorityIndex(of.outgoing, acked));",
  },
  {
    name: 'a configuration counts only once committed, the commit index being lost',
    file: core('raft-state'),
    find: 'return this.history.latest;',
    replace: 'return this.history.at(this.log.committed) ?? this.history.latest;',
  },
  {
    name: 'a change accepted while another is uncommitted',
    file: core('leader'),
    find: "if (raft.history.latestIndex > raft.log.committed) return refused('change-in-progress');",
    replace: '',
  },
  {
    name: 'a change accepted before the term’s first commit',
    file: core('leader'),
    find: "if (!committedInTerm(raft)) return refused('term-not-committed');",
    replace: '',
  },
  {
    name: 'an overwritten configuration stays in effect',
    file: core('configuration-history'),
    find: 'let changed = entries.length > 0 && this.fallBackBefore(entries[0]!.index);',
    replace: 'let changed = false;',
  },
  {
    name: 'two votes in a term',
    file: core('election'),
    find: 'const free = raft.vote === message.from || (raft.vote === null && raft.leader === null);',
    replace: 'const free = raft.leader === null;',
  },
  {
    name: 'the log of a candidate not compared',
    file: core('log'),
    find: 'return lastTerm > term || (lastTerm === term && lastIndex >= this.lastIndex());',
    replace: 'return true;',
  },
  {
    name: 'the log of a candidate compared by length alone',
    file: core('log'),
    find: 'return lastTerm > term || (lastTerm === term && lastIndex >= this.lastIndex());',
    replace: 'return term >= 0 && lastIndex >= this.lastIndex();',
  },
  {
    name: 'the vote of an earlier term kept',
    file: core('raft-state'),
    find: 'this.vote = null;\n    }\n    this.setLeader(null);',
    replace: '}\n    this.setLeader(null);',
  },
  {
    name: 'appends accepted without comparing the entry before',
    file: core('follower'),
    find: 'if (!log.matches(prevIndex, prevTerm)) {',
    replace: 'if (prevIndex > log.lastIndex()) {',
  },
  {
    name: 'conflicting entries not overwritten',
    file: core('log'),
    find: 'while (same < entries.length && this.matches(entries[same]!.index, entries[same]!.term)) same++;',
    replace: 'while (same < entries.length && entries[same]!.index <= this.lastIndex()) same++;',
  },
  {
    name: 'heartbeats carry the commit index beyond what matched',
    file: core('replication'),
    find: 'const commit = Math.min(progress.match, raft.log.committed);',
    replace: 'const commit = Math.min(Math.max(progress.match, progress.next - 1), raft.log.committed);',
  },
  {
    name: 'a stale answer of an earlier term accepted',
    file: core('raft'),
    find: 'if (message.term < raft.term) {',
    replace: "if (message.term < raft.term && message.type !== 'append-response') {",
  },
  {
    name: 'a stale vote of an earlier term counted',
    file: core('raft'),
    find: 'if (message.term < raft.term) {',
    replace: "if (message.term < raft.term && message.type !== 'vote-response') {",
  },
  {
    name: 'answers of an earlier incarnation counted',
    file: core('acknowledgement'),
    find: 'const progress = raft.progress.get(message.from);\n  if (progress === undefined) return;\n  progress.recentActive = true;\n  raft.dirty = true;\n  if (message.reject) {',
    replace:
      "const progress = raft.progress.get(message.from) ?? [...raft.progress].find(([member]) => member.split('#')[0] === message.from.split('#')[0])?.[1];\n  if (progress === undefined) return;\n  progress.recentActive = true;\n  raft.dirty = true;\n  if (message.reject) {",
  },
  {
    name: 'a node with a new disk keeps its incarnation',
    file: 'test/sim/machine.ts',
    find: 'String.fromCharCode(97 + this.incarnation++)',
    replace: 'String.fromCharCode(97 + 0 * this.incarnation++)',
  },
  {
    name: 'an overwritten write counts as durable (ABA)',
    file: core('log-unstable'),
    find: 'for (const write of this.writes) write.index = Math.min(write.index, index - 1);',
    replace: '',
  },
  {
    name: 'apply before the own sync',
    file: core('log'),
    find: 'const hi = Math.min(this.committed, this.stableIndex()) + 1;',
    replace: 'const hi = this.committed + 1;',
  },
  {
    name: 'a read without a round of heartbeats',
    file: core('reads'),
    find: 'else if (holdsLease(raft)) answer(',
    replace: "else if (raft.role === 'leader') answer(",
  },
  {
    name: 'a read before the term’s first commit',
    file: core('reads'),
    find: 'if (raft.log.committed < raft.leadsFrom) raft.earlyReads.push(origin);\n  else if',
    replace: 'if',
  },
  {
    name: 'an answer to an earlier read round counts for the newest',
    file: core('read-index'),
    find: 'if (round > (this.acked.get(member) ?? 0)) this.acked.set(member, round);',
    replace: 'if (round >= 0) this.acked.set(member, this.nextRound - 1);',
  },
  {
    name: 'a reused read context',
    file: core('read-forwarding'),
    find: 'this.context++;',
    replace: '',
  },
  {
    name: 'a read served before its index is applied',
    file: driver,
    find: 'const ready = this.confirmedReads.filter(({ index }) => index <= saw);',
    replace: 'const ready = this.confirmedReads;',
  },
  {
    name: 'the log cut above what the database holds durably',
    file: driver,
    find: 'const index = this.database.durableIndex - keep;',
    replace: 'const index = this.database.position().index - keep;',
  },
  {
    name: 'a snapshot in the database before its mark is in the log',
    file: node('raft-storage'),
    find: 'this.log.sync();\n    this.state.install(snapshot);',
    replace: 'this.state.install(snapshot);\n    this.log.sync();',
  },
  {
    name: 'an interrupted installation not finished',
    file: node('raft-storage'),
    find: 'if (installing !== null && installing.index === index) {',
    replace: 'if (installing !== null && installing.index > index) {',
  },
  {
    name: 'a snapshot of the future: its index one too high',
    file: 'test/sim/database.ts',
    find: 'return { index, term, configuration, data };',
    replace: 'return { index: index + 1, term, configuration, data };',
  },
  {
    name: 'an old snapshot replaces a newer log',
    file: core('follower'),
    find: 'if (snapshot.index <= log.committed) return false;',
    replace: '',
  },
  {
    name: 'recovery drops the last batch',
    file: node('wal/recovery'),
    find: "if (typeof frame === 'string') return undefined;",
    replace:
      "if (typeof frame === 'string' || (offset > 0 && readFrame(bytes, frame.end) === 'no-header')) return undefined;",
  },
  {
    name: 'recovery cuts what is damaged as if it were torn',
    file: node('wal/recovery'),
    find: "if (tail.kind === 'damaged') throw new LogDamaged(path, offset, tail.reason);",
    replace: "if (tail.kind === 'damaged') return 0;",
  },
];
