import { MemoryStorage } from '@config-guardian/raft';
import type { MemberChange, Message } from '@config-guardian/raft';
import { entriesText, progressText, stateText } from './describe';
import type { MemberOptions } from './member';
import type { ScenarioWorld } from './world';

interface Call {
  readonly world: ScenarioWorld;
  /** Plain words after the command. */
  readonly words: readonly string[];
  /** Words of the form name=value. */
  readonly named: ReadonlyMap<string, string>;
}

type Command = (call: Call) => void;

/** Runs one line of a script; what happens goes to `world.say`. */
export function runCommand(world: ScenarioWorld, line: string): void {
  const [name, ...rest] = line.split(/\s+/);
  const named = new Map(rest.filter((word) => word.includes('=')).map((word) => word.split('=') as [string, string]));
  const words = rest.filter((word) => !word.includes('='));
  if (name === 'quietly') return quietly(world, rest.join(' '));
  const command = commands[name ?? ''];
  if (command === undefined) throw new Error(`unknown command: ${line}`);
  command({ world, words, named });
}

function quietly(world: ScenarioWorld, line: string): void {
  const { say } = world;
  world.say = () => {};
  runCommand(world, line);
  world.say = say;
}

const text = (data: string) => Buffer.from(data);

function options(named: ReadonlyMap<string, string>): MemberOptions {
  const entries = [...named].filter(([name]) => name !== 'learners');
  return Object.fromEntries(entries.map(([name, value]) => [name, parse(value)]));
}

function parse(value: string): unknown {
  if (value === 'on' || value === 'off') return value === 'on';
  return /^\d+$/.test(value) ? Number(value) : value;
}

function outcome(
  world: ScenarioWorld,
  result: { ok: true; index?: number; id?: number } | { ok: false; reason: string },
) {
  if (!result.ok) world.say(`refused: ${result.reason}`);
  else if (result.index !== undefined) world.say(`appended at ${result.index}`);
  else world.say(result.id === undefined ? 'begun' : `read ${result.id} waits`);
}

function changes(words: readonly string[]): MemberChange[] {
  return words.map((word) => {
    const [type, member] = word.split(':') as [MemberChange['type'], string];
    return { type, member };
  });
}

const everyone = ({ world, words }: Call) => (words.length > 0 ? words : [...world.members.keys()]);

const commands: Record<string, Command> = {
  /** nodes 1 2 3 learners=4 name=value: a group formed with these voters; options go to every member. */
  nodes: ({ world, words, named }) => world.form(words, named.get('learners')?.split(',') ?? [], options(named)),
  /** join 4: an empty member that knows of no one. */
  join: ({ world, words, named }) => world.add(words[0]!, new MemoryStorage(), options(named)),
  /** given 2 1 1 4 term=4 commit=2: its log begins with entries of these terms. */
  given: ({ world, words: [id, ...terms], named }) => {
    const commit = Number(named.get('commit') ?? 0);
    world.member(id).give(terms.map(Number), { term: Number(named.get('term')), vote: null, commit });
  },
  campaign: ({ world, words }) => world.member(words[0]).node.campaign(),
  tick: ({ world, words }) => {
    for (let n = Number(words[1] ?? 1); n > 0; n--) world.member(words[0]).node.tick();
  },
  'tick-all': ({ world, words }) => {
    const running = [...world.members.values()].filter((member) => member.running);
    for (let n = Number(words[0] ?? 1); n > 0; n--) for (const member of running) member.node.tick();
  },
  propose: ({ world, words: [id, ...data] }) => outcome(world, world.member(id).node.propose(data.map(text))),
  /** change 1 add-voter:4 remove:3 transition=joint */
  change: ({ world, words: [id, ...rest], named }) => {
    const transition = (named.get('transition') ?? 'auto') as 'auto';
    outcome(world, world.member(id).node.proposeConfChange({ type: 'change', changes: changes(rest), transition }));
  },
  'leave-joint': ({ world, words }) =>
    outcome(world, world.member(words[0]).node.proposeConfChange({ type: 'leave-joint' })),
  transfer: ({ world, words }) => outcome(world, world.member(words[0]).node.transferLeadership(words[1]!)),
  read: ({ world, words }) => outcome(world, world.member(words[0]).node.readIndex()),
  'forget-leader': ({ world, words }) => world.member(words[0]).node.forgetLeader(),
  'report-unreachable': ({ world, words }) => world.member(words[0]).node.reportUnreachable(words[1]!),
  /** report-snapshot 1 3 failed 7: how the snapshot at 7 fared; without an index, the one under way. */
  'report-snapshot': ({ world, words: [id, to, outcome, index] }) =>
    world.member(id).node.reportSnapshot(to!, outcome as 'sent', index === undefined ? undefined : Number(index)),
  /** snapshot 1: of what member 1 has applied; the log keeps everything. */
  snapshot: ({ world, words }) => world.say(`snapshot at ${world.member(words[0]).takeSnapshot()}`),
  compact: ({ world, words }) => world.member(words[0]).storage.compact(Number(words[1])),
  ready: (call) => {
    for (const id of everyone(call))
      while (call.world.member(id).node.hasReady()) call.world.ready(call.world.member(id));
  },
  deliver: ({ world, words, named }) => {
    world.deliver(words[0]!, named.get('from'), Number(named.get('limit') ?? Infinity));
  },
  /** round 1 2: each takes what has arrived, then does its work, once. */
  round: (call) => {
    for (const id of everyone(call)) {
      call.world.deliver(id);
      while (call.world.member(id).node.hasReady()) call.world.ready(call.world.member(id));
    }
  },
  settle: (call) => call.world.settle(everyone(call)),
  /** async 2: from now on writes of member 2 become durable one by one, with sync. */
  async: ({ world, words }) => void words.forEach((id) => (world.member(id).async = true)),
  sync: ({ world, words }) => {
    const written = world.member(words[0]).sync();
    world.say(
      written === undefined
        ? 'nothing to sync'
        : `${words[0]} has written ${entriesText(written.entries) || 'its term'}`,
    );
  },
  'sync-all': ({ world, words }) => {
    const member = world.member(words[0]);
    while (member.sync() !== undefined);
    member.async = false;
  },
  crash: ({ world, words }) => words.forEach((id) => world.member(id).crash()),
  restart: ({ world, words }) => words.forEach((id) => world.member(id).restart()),
  /** cut 3: alone. cut 1->2 2->1: these links only. */
  cut: ({ world, words }) => world.set('cut', links(world, words)),
  slow: ({ world, words }) => world.set('slow', links(world, words)),
  heal: ({ world }) => world.heal(),
  drop: ({ world, words }) => words.forEach((link) => world.drop(link)),
  /** inject {"type": ...}: a message from nowhere: a duplicate, or one that was long under way. at=2: arrives there. */
  inject: ({ world, words, named }) => world.hand(JSON.parse(words.join(' ')) as Message, named.get('at')),
  state: (call) => {
    for (const id of everyone(call)) {
      const { node, running } = call.world.member(id);
      call.world.say(running ? stateText(node.status()) : `${id}: down`);
    }
  },
  progress: ({ world, words }) => progressText(world.member(words[0]).node.status()).forEach((line) => world.say(line)),
  log: (call) => {
    for (const id of everyone(call)) {
      const { storage } = call.world.member(id);
      call.world.say(`${id}: ${entriesText(storage.entries(storage.firstIndex(), storage.lastIndex() + 1, Infinity))}`);
    }
  },
  applied: (call) => everyone(call).forEach((id) => call.world.say(call.world.member(id).appliedText())),
};

function links(world: ScenarioWorld, words: readonly string[]): string[] {
  const named = words.filter((word) => word.includes('->'));
  const members = words.filter((word) => !word.includes('->'));
  return [...named, ...(members.length > 0 ? world.linksOf(members) : [])];
}
