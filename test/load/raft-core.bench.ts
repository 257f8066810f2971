import { configuration, MemoryStorage, RawNode } from '@config-guardian/raft';
import type { Message } from '@config-guardian/raft';

/**
 * How fast is the protocol alone? Three members in one process, no disk and no network: 256-byte commands in batches of
 * at most 64 run through propose, append, acknowledgement, commit and apply on all three. Figures are per committed entry.
 */
const entryBytes = 256;
const batchSize = 64;
const inFlight = 16;
const entries = Number(process.argv[2] ?? 2_000_000);
const keepEvery = 200_000;

interface Member {
  readonly node: RawNode;
  readonly storage: MemoryStorage;
  applied: number;
}

const ids = ['n1#a', 'n2#a', 'n3#a'];

function aGroup(): Map<string, Member> {
  const members = new Map<string, Member>();
  for (const id of ids) {
    const storage = new MemoryStorage(configuration(ids));
    members.set(id, { node: new RawNode({ id, storage, random: () => 0.5 }), storage, applied: 0 });
  }
  return members;
}

function work(member: Member, outgoing: Message[]): void {
  const { node, storage } = member;
  while (node.hasReady()) {
    const ready = node.ready();
    storage.write(ready);
    for (const message of ready.messages) outgoing.push(message);
    const last = ready.committed.at(-1);
    if (last !== undefined) member.applied = last.index;
    node.advance(ready);
  }
}

/** Delivers and works until nothing moves, or until the leader may propose again. */
function exchange(members: Map<string, Member>, until: () => boolean): void {
  let mail: Message[] = [];
  for (const member of members.values()) work(member, mail);
  while (mail.length > 0) {
    const next: Message[] = [];
    for (const message of mail) members.get(message.to)!.node.step(message);
    for (const member of members.values()) work(member, next);
    mail = next;
    if (until()) break;
  }
  for (const message of mail) members.get(message.to)!.node.step(message);
}

function compact(members: Map<string, Member>): void {
  for (const { node, storage, applied } of members.values()) {
    const term = storage.term(applied)!;
    storage.keepSnapshot({
      index: applied,
      term,
      configuration: node.configurationAt(applied)!,
      data: new Uint8Array(0),
    });
    storage.compact(applied);
  }
}

function throughput(): void {
  const members = aGroup();
  const leader = members.get('n1#a')!;
  leader.node.campaign();
  exchange(members, () => false);
  const payload = new Uint8Array(entryBytes);
  const batch = new Array<Uint8Array>(batchSize).fill(payload);
  let proposed = 0;
  let compactAt = keepEvery;
  const began = process.hrtime.bigint();
  while (leader.applied < entries) {
    if (proposed - leader.applied < inFlight * batchSize && leader.node.propose(batch).ok) proposed += batchSize;
    exchange(members, () => proposed - leader.applied < inFlight * batchSize);
    if (leader.applied >= compactAt) {
      compact(members);
      compactAt += keepEvery;
    }
  }
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const rate = Math.round(leader.applied / seconds);
  console.log(
    `throughput  ${leader.applied} entries of ${entryBytes} bytes, batches of ${batchSize}: ${rate} entries/s`,
  );
}

/** A follower is silent: what does each entry cost the leader until it is committed? */
function memory(): void {
  const members = aGroup();
  const leader = members.get('n1#a')!;
  leader.node.campaign();
  exchange(members, () => false);
  const count = 100_000;
  global.gc?.();
  const before = process.memoryUsage();
  for (let n = 0; n < count; n += batchSize) {
    leader.node.propose(Array.from({ length: batchSize }, () => new Uint8Array(entryBytes)));
    leader.node.ready();
  }
  global.gc?.();
  const after = process.memoryUsage();
  const heap = (after.heapUsed - before.heapUsed) / count;
  const payload = (after.arrayBuffers - before.arrayBuffers) / count;
  const status = leader.node.status();
  console.log(
    `memory      ${Math.round(heap)} bytes of heap and ${Math.round(payload)} of payload for each entry in flight ` +
      `(${status.lastIndex - status.commit} uncommitted)${global.gc ? '' : '; run with --expose-gc for an exact figure'}`,
  );
}

throughput();
memory();
