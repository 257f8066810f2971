import { parentPort } from 'node:worker_threads';
import { systemThreadId } from './thread-clock';

/** What a thread of a `WorkerPool` says. */
export type ThreadMessage<Reply> =
  | { readonly kind: 'ready'; readonly threadId: number | null }
  /** The next phase of the job begins, with a time limit of its own. */
  | { readonly kind: 'next-phase' }
  | { readonly kind: 'reply'; readonly reply: Reply };

/** The side of the thread: answers one request after the other. An error ends the thread and fails the job. */
export function answerRequests<Request, Reply>(
  answer: (request: Request, nextPhase: () => void) => Promise<Reply> | Reply,
): void {
  const post = (message: ThreadMessage<Reply>): void => parentPort?.postMessage(message);
  parentPort?.on('message', (request: Request) => {
    void Promise.resolve(answer(request, () => post({ kind: 'next-phase' }))).then((reply) =>
      post({ kind: 'reply', reply }),
    );
  });
  post({ kind: 'ready', threadId: systemThreadId() });
}
