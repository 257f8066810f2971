import { configuration, MemoryStorage } from '@config-guardian/raft';
import type { Message, Ready } from '@config-guardian/raft';
import { entriesText, messageText, writeText } from './describe';
import { ScenarioMember } from './member';
import type { MemberOptions } from './member';

/** All members and the network between them. Everything that happens is told to `say`. */
export class ScenarioWorld {
  readonly members = new Map<string, ScenarioMember>();
  private mail: Message[] = [];
  /** Links that lose, and links that delay, everything: "1->2". */
  private readonly cut = new Set<string>();
  private readonly slow = new Set<string>();
  say: (line: string) => void = () => {};

  form(voters: readonly string[], learners: readonly string[], options: MemberOptions): void {
    const formedWith = configuration(voters, learners);
    for (const id of [...voters, ...learners]) this.add(id, new MemoryStorage(formedWith), options);
  }

  add(id: string, storage: MemoryStorage, options: MemberOptions): void {
    this.members.set(id, new ScenarioMember(id, storage, options));
  }

  member(id: string | undefined): ScenarioMember {
    const member = this.members.get(id ?? '');
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  set(kind: 'cut' | 'slow', links: readonly string[]): void {
    for (const link of links) this[kind].add(link);
  }

  heal(): void {
    this.cut.clear();
    this.slow.clear();
  }

  /** All links between these members and all others, or between each pair of two. */
  linksOf(ids: readonly string[]): string[] {
    const others = [...this.members.keys()].filter((id) => !ids.includes(id));
    return ids.flatMap((id) => others.flatMap((other) => [`${id}->${other}`, `${other}->${id}`]));
  }

  ready(member: ScenarioMember): void {
    const ready = member.takeReady();
    for (const line of readyLines(member, ready)) this.say(`${member.id} ${line}`);
    for (const message of ready.messages) this.post(message);
  }

  deliver(to: string, from?: string, limit = Infinity): number {
    const arriving = this.mail
      .filter((message) => message.to === to && (from === undefined || message.from === from))
      .filter((message) => !this.slow.has(linkOf(message)))
      .slice(0, limit);
    this.mail = this.mail.filter((message) => !arriving.includes(message));
    for (const message of arriving) this.hand(message);
    return arriving.length;
  }

  /** Mail between two members disappears. */
  drop(link: string): void {
    for (const message of this.mail.filter((one) => linkOf(one) === link))
      this.say(`lost ${link} ${messageText(message)}`);
    this.mail = this.mail.filter((message) => linkOf(message) !== link);
  }

  /** Delivers and works until nothing is left to do for these members. */
  settle(ids: readonly string[]): void {
    for (let busy = true, rounds = 0; busy; rounds++) {
      if (rounds > 200) throw new Error('this never settles');
      busy = false;
      for (const id of ids) {
        const member = this.member(id);
        if (!member.running) continue;
        if (this.deliver(id) > 0) busy = true;
        while (member.node.hasReady()) {
          this.ready(member);
          busy = true;
        }
      }
    }
  }

  hand(message: Message, arrivesAt = message.to): void {
    const member = this.members.get(arrivesAt);
    if (member === undefined || !member.running) return;
    this.say(`${arrivesAt} <- ${message.from} ${messageText(message)}`);
    member.node.step(message);
  }

  private post(message: Message): void {
    const lost = this.cut.has(linkOf(message)) || !this.members.get(message.to)?.running;
    const fate = lost ? '  (lost)' : this.slow.has(linkOf(message)) ? '  (delayed)' : '';
    this.say(`${message.from} -> ${message.to} ${messageText(message)}${fate}`);
    if (!lost) this.mail.push(message);
  }
}

function linkOf(message: Message): string {
  return `${message.from}->${message.to}`;
}

function readyLines(member: ScenarioMember, ready: Ready): readonly string[] {
  const lines: string[] = [];
  if (ready.softState !== null) {
    const { role, leader } = ready.softState;
    lines.push(`is ${role}${role === 'leader' ? '' : leader === null ? ' without leader' : ` of ${leader}`}`);
  }
  const write = writeText(ready);
  if (write !== '') lines.push(`${member.async && ready.mustSync ? 'starts to write' : 'writes'} ${write}`);
  if (ready.committed.length > 0) lines.push(`applies ${entriesText(ready.committed)}`);
  for (const { id, index } of ready.readStates) lines.push(`may serve read ${id} at ${index}`);
  if (ready.abortedReads.length > 0) lines.push(`aborts reads ${ready.abortedReads.join(' ')}`);
  return lines;
}
