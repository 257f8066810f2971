import type { PreparedAnswer, ServedConfig } from '../prepared-answers';

/** What fast reads are answered from: the state of the node itself, or a worker's replica of it. */
export interface ReadSource {
  /** False as long as reads must be left to the route, which knows what to say. */
  readonly isServing: boolean;
  /** Whether a leader has confirmed this state since the node started. */
  readonly wasConfirmed: boolean;
  /** Milliseconds since the newest confirmation was asked for, never fewer than it is. */
  readonly ageMs: number;
  /** The log index that all below reflects. */
  readonly index: number;
  /** Afterwards the source reflects every write acknowledged before the call. The same promise for all whom one round serves. */
  confirm(): Promise<unknown>;
  /**
   * Whether the node, or another source of its state, may have shown more than this one holds. Then a `local` read has to
   * catch up first: a client that is shown an earlier state after a later one would have gone back in time on one node.
   */
  readonly isBehind: boolean;
  /** Afterwards the source reflects whatever the node has shown before the call. Shared like `confirm`. */
  catchUp(): Promise<unknown>;
  projectOf(apiKey: string): string | undefined;
  config(projectId: string, key: string): ServedConfig | undefined;
  /** All configs of a project, if they are at hand as one answer. */
  heldSnapshot(projectId: string): PreparedAnswer | undefined;
}
