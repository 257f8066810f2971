import type { Problem } from './problem';

/** What the node cannot do now, whoever asks. */
export const serverProblems = {
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    explanation:
      'The server met a case that it was not written for. Nothing of the inside is shown; the request id finds the details in the log.',
  },
  'no-leader': {
    status: 503,
    title: 'There is no leader',
    explanation:
      'The cluster is electing a leader or has lost its majority. Nothing was written. Try again after Retry-After.',
  },
  'not-ready': {
    status: 503,
    title: 'The node is not ready',
    explanation:
      'The node is starting, stopping, or its database is away and this request needs it. Nothing was written.',
  },
  overloaded: {
    status: 503,
    title: 'The node is overloaded',
    explanation:
      'A queue is full, or the machine is too busy to check the content in time. Nothing was written. Try again after Retry-After.',
  },
  'too-stale': {
    status: 503,
    title: 'The state is older than you allow',
    explanation: 'This node cannot prove that its state is younger than maxStaleness. Try again, or ask another node.',
  },
  'index-not-reached': {
    status: 503,
    title: 'The index is not reached yet',
    explanation: 'This node has not applied minIndex in time. Try again, or ask another node.',
  },
  timeout: {
    status: 503,
    title: 'It took too long',
    explanation: 'The read did not end within REQUEST_TIMEOUT. Nothing was written.',
  },
  'outcome-unknown': {
    status: 504,
    title: 'The outcome is unknown',
    explanation:
      'The change was proposed but not confirmed in time; it may still happen. Repeat the request with the same Idempotency-Key to learn the outcome.',
  },
} as const satisfies Record<string, Problem>;
