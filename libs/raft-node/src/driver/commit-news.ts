import type { AppendMessage, MemberId, Message } from '@config-guardian/raft';

export interface CommitNewsParts {
  send(message: Message): void;
  /** Proposals wait for the batch under way: when it ends they go to every member, with the commit index. */
  isAppendComing(): boolean;
}

/** The turns of the event loop in which what was committed is applied, its callers are told, and propose again. */
const TURNS = 3;

/**
 * An append without entries says only how far the log is committed. The next one with entries says it as well, and under
 * load it is a moment away: one message, one answer and two wake-ups a member saved in each round. So the news waits for
 * it a few turns, which an idle event loop runs through in microseconds, and never longer than to the next tick. A message
 * that is left out because a later one says more is to the protocol a message that was lost.
 */
export class CommitNews {
  private readonly held = new Map<MemberId, AppendMessage>();
  private turns = 0;

  constructor(private readonly parts: CommitNewsParts) {}

  send(message: Message): void {
    if (message.type !== 'append') return this.parts.send(message);
    if (message.entries.length > 0) {
      this.held.delete(message.to);
      return this.parts.send(message);
    }
    this.held.set(message.to, message);
    if (this.turns === 0) setImmediate(() => this.pass());
    this.turns = TURNS;
  }

  /** What waits leaves now. */
  flush(): void {
    for (const message of this.held.values()) this.parts.send(message);
    this.held.clear();
  }

  drop(): void {
    this.held.clear();
  }

  private pass(): void {
    this.turns -= 1;
    if (this.turns > 0 && this.held.size > 0) return void setImmediate(() => this.pass());
    this.turns = 0;
    if (!this.parts.isAppendComing()) this.flush();
  }
}
