import type { Configuration, MemberId, Message } from '@config-guardian/raft';
import type { MemberView } from './member-view';
import { require } from './violation';

/** A message that says something of a member's disk leaves only when that is so (thesis 3.8). */
export class Promises {
  /** Who has given a vote to whom, by term, as far as the votes were on disk when they left. */
  private readonly votes = new Map<number, Map<MemberId, MemberId>>();

  constructor(private readonly views: ReadonlyMap<MemberId, MemberView>) {}

  leaves(view: MemberView, message: Message): void {
    switch (message.type) {
      case 'vote':
        return this.asksForVote(view, message.term);
      case 'vote-response':
        return message.reject ? undefined : this.votesFor(view, message.to, message.term);
      case 'append-response':
        return message.reject || message.index === 0 ? undefined : this.acknowledges(view, message.to, message);
      default:
        return;
    }
  }

  /** A leader's votes, its own among them, are on the disks of a majority of each half of its configuration. */
  elected(view: MemberView): void {
    const { durable, id, term } = view;
    require(durable.term === term && durable.vote === id, 'Promised Is Durable', () =>
      `${id} leads term ${term}, on its disk it voted ${durable.vote} in ${durable.term}`);
    this.note(term, id, id);
    const given = this.votes.get(term)!;
    const { voters, outgoing }: Configuration = view.configuration;
    for (const half of [voters, outgoing]) {
      const granted = half.filter((voter) => given.get(voter) === id);
      require(half.length === 0 || granted.length > half.length / 2, 'Election Safety', () =>
        `${id} leads term ${term} with the votes of ${granted.join(' ') || 'nobody'} among ${half.join(' ')}`);
    }
  }

  private asksForVote({ durable, id }: MemberView, term: number): void {
    require(durable.term >= term, 'Promised Is Durable', () =>
      `${id} asks for votes in term ${term}, on disk is term ${durable.term}`);
  }

  private votesFor({ durable, id }: MemberView, candidate: MemberId, term: number): void {
    require(durable.term > term || (durable.term === term && durable.vote === candidate), 'Promised Is Durable', () =>
      `${id} grants ${candidate} its vote in term ${term}, on disk it voted ${durable.vote} in ${durable.term}`);
    this.note(term, id, candidate);
  }

  private note(term: number, voter: MemberId, candidate: MemberId): void {
    let given = this.votes.get(term);
    if (given === undefined) this.votes.set(term, (given = new Map()));
    const other = given.get(voter) ?? candidate;
    require(other === candidate, 'One Vote A Term', () =>
      `${voter} votes for ${other} and ${candidate} in term ${term}`);
    given.set(voter, candidate);
  }

  private acknowledges(
    { durable, id }: MemberView,
    to: MemberId,
    { term, index }: { term: number; index: number },
  ): void {
    require(durable.term >= term, 'Promised Is Durable', () =>
      `${id} answers in term ${term}, on disk is term ${durable.term}`);
    const leader = this.views.get(to);
    if (durable.term > term || leader?.role !== 'leader' || leader.term !== term) return;
    if (index <= Math.max(leader.log.base, durable.log.base)) return;
    const [theirs, own] = [leader.log.termAt(index), durable.log.termAt(index)];
    require(own !== undefined && own === theirs, 'Promised Is Durable', () =>
      `${id} acknowledges ${index} (term ${theirs}) to ${to}, on its disk is term ${own} of ${durable.log.lastIndex}`);
  }
}
