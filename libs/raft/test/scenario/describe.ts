import type { Configuration, Entry, Message, Ready, Status } from '@config-guardian/raft';

/** A position is written index@term. */
export function entryText(entry: Entry): string {
  const at = `${entry.index}@${entry.term}`;
  switch (entry.type) {
    case 'no-op':
      return `${at} no-op`;
    case 'command':
      return `${at} "${Buffer.from(entry.data).toString()}"`;
    case 'configuration':
      return `${at} ${configurationText(entry.configuration)}`;
  }
}

export function entriesText(entries: readonly Entry[]): string {
  return entries.map(entryText).join(', ');
}

export function configurationText(of: Configuration): string {
  const half = (members: readonly string[]) => `(${members.join(' ')})`;
  const joint = of.outgoing.length > 0 ? `${half(of.voters)}&&${half(of.outgoing)}` : half(of.voters);
  const learners = of.learners.length > 0 ? ` learners=${half(of.learners)}` : '';
  const next = of.learnersNext.length > 0 ? ` learners-next=${half(of.learnersNext)}` : '';
  return `voters=${joint}${learners}${next}${of.autoLeave ? ' auto-leave' : ''}`;
}

export function messageText(message: Message): string {
  return `${message.type} t${message.term}${bodyText(message)}`;
}

function bodyText(message: Message): string {
  switch (message.type) {
    case 'append': {
      const entries = message.entries.length > 0 ? entriesText(message.entries) : 'nothing';
      return ` after ${message.prevIndex}@${message.prevTerm}: ${entries}; commit ${message.commit}`;
    }
    case 'append-response':
      return message.reject
        ? ` rejects ${message.index}, hint ${message.rejectHint}@${message.logTerm}`
        : ` accepts to ${message.index}`;
    case 'heartbeat':
      return `: commit ${message.commit}${roundText(message.context)}`;
    case 'heartbeat-response':
      return roundText(message.context).replace(',', ':');
    case 'vote':
    case 'pre-vote':
      return `: log ends at ${message.lastIndex}@${message.lastTerm}${message.transfer ? ', by transfer' : ''}`;
    case 'vote-response':
    case 'pre-vote-response':
      return message.reject ? ' refused' : ' granted';
    case 'snapshot': {
      const { index, term, configuration } = message.snapshot;
      return ` at ${index}@${term} ${configurationText(configuration)}`;
    }
    case 'timeout-now':
      return '';
    case 'read-index':
      return ` batch ${message.context % 2 ** 26}`;
    case 'read-index-response':
      return ` batch ${message.context % 2 ** 26}: at ${message.index}`;
  }
}

function roundText(round: number): string {
  return round === 0 ? '' : `, read round ${round}`;
}

/** What a Ready asks of storage; empty when it asks nothing. */
export function writeText(ready: Ready): string {
  const parts: string[] = [];
  if (ready.snapshot !== null) parts.push(`snapshot ${ready.snapshot.index}@${ready.snapshot.term}`);
  if (ready.hardState !== null) {
    const { term, vote, commit } = ready.hardState;
    parts.push(ready.mustSync ? `term ${term}, vote ${vote ?? 'none'}, commit ${commit}` : `commit ${commit}`);
  }
  if (ready.entries.length > 0) parts.push(entriesText(ready.entries));
  return parts.join('; ');
}

export function stateText(status: Status): string {
  const leader = status.leader === null ? 'no leader' : `leader ${status.leader}`;
  return (
    `${status.id}: ${status.role}, term ${status.term}, vote ${status.vote ?? 'none'}, ${leader}, ` +
    `log ${status.firstIndex}..${status.lastIndex}, commit ${status.commit}, applied ${status.applied}, ` +
    `${configurationText(status.configuration)}`
  );
}

export function progressText(status: Status): readonly string[] {
  return status.progress.map((one) => {
    const flags = [
      one.learner ? 'learner' : '',
      one.paused ? 'paused' : '',
      one.recentActive ? '' : 'silent',
      one.pendingSnapshot > 0 ? `pending snapshot ${one.pendingSnapshot}` : '',
      one.inflightMsgs > 0 ? `${one.inflightMsgs} in flight` : '',
    ].filter((flag) => flag !== '');
    return `${one.member}: ${[`${one.state} match ${one.match} next ${one.next}`, ...flags].join(', ')}`;
  });
}
