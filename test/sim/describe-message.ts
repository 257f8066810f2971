import type { Message } from '@config-guardian/raft';

/** One line for a person who replays a seed. */
export function describeMessage(message: Message): string {
  return `${message.from} to ${message.to}: ${message.type} (term ${message.term}) ${details(message)}`;
}

function details(message: Message): string {
  switch (message.type) {
    case 'append': {
      const { prevIndex, prevTerm, entries, commit } = message;
      const carried = entries.map(
        (entry) => `${entry.index}/${entry.term}${entry.type === 'configuration' ? 'c' : ''}`,
      );
      return `after ${prevIndex}/${prevTerm} [${carried.join(' ')}] commit ${commit}`;
    }
    case 'append-response':
      return message.reject
        ? `rejects ${message.index}, hint ${message.rejectHint}/${message.logTerm}`
        : `holds ${message.index}`;
    case 'heartbeat':
      return `commit ${message.commit} round ${message.context}`;
    case 'heartbeat-response':
    case 'read-index':
      return `round ${message.context}`;
    case 'read-index-response':
      return `round ${message.context} index ${message.index}`;
    case 'vote':
    case 'pre-vote':
      return `log ends at ${message.lastIndex}/${message.lastTerm}${message.transfer ? ', by transfer' : ''}`;
    case 'vote-response':
    case 'pre-vote-response':
      return message.reject ? 'refused' : 'granted';
    case 'snapshot':
      return `at ${message.snapshot.index}/${message.snapshot.term}`;
    case 'timeout-now':
      return '';
    default:
      return message satisfies never;
  }
}
