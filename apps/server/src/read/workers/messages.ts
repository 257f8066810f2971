import type { ReadLevel } from '../../common/http/request-context';
import type { ConnectionBounds } from '../../common/http/bounded-connections';
import type { KeyPair } from '../../common/tls/key-pair';
import type { FastReadSettings } from '../fast/plain-requests';
import type { ServedConfig } from '../prepared-answers';
import type { ReadCounts } from './read-counts';

/** A config as it stands, null when it is gone. */
export type ConfigState = readonly [projectId: string, key: string, config: ServedConfig | null];

/** The project that an API key opens, by the hash of the key; null when it opens none any more. */
export type ApiKeyState = readonly [hash: string, projectId: string | null];

/** Whether and how fresh the node serves. */
export interface Freshness {
  readonly isServing: boolean;
  /** By the machine's monotonic clock, in milliseconds, when the newest confirmed round was sent; null before the first. */
  readonly confirmedAt: number | null;
}

export interface WorkerSettings extends FastReadSettings {
  /** Where it listens for form's sake: connections are handed to it. */
  readonly ownPath: string;
  /** Whether reads are counted, which only the node can. */
  readonly areCounted: boolean;
  /** Whether those that their caller has sampled are traced, which only the node does. */
  readonly areTraced: boolean;
  /** Where the node answers what a worker does not. */
  readonly nodePath: string;
  readonly bounds: ConnectionBounds;
  /** What clients are shown; null where HTTP is spoken. */
  readonly keyPair: KeyPair | null;
}

/**
 * What the node tells a worker, in one order: a confirmation comes behind every change that it confirms, so whoever has
 * it holds them all.
 */
export type FromNode =
  | { readonly type: 'settings'; readonly settings: WorkerSettings }
  /** Another state begins: what was told before is void, and nothing is served until it is `filled`. */
  | { readonly type: 'begin' }
  | { readonly type: 'filled' }
  /** `index`: the log index reflected by now. Also while it is filled: each row is told as it stands then. */
  | {
      readonly type: 'changes';
      readonly index: number;
      readonly configs: readonly ConfigState[];
      readonly apiKeys: readonly ApiKeyState[];
    }
  | ({ readonly type: 'fresh' } & Freshness)
  | ({ readonly type: 'confirmed'; readonly question: number } & Freshness)
  | { readonly type: 'unconfirmed'; readonly question: number }
  | { readonly type: 'key-pair'; readonly keyPair: KeyPair }
  | { readonly type: 'stop' };

/** What a worker tells the node. */
export type FromWorker =
  | { readonly type: 'confirm'; readonly question: number; readonly level: ReadLevel }
  | { readonly type: 'counts'; readonly counts: ReadCounts }
  | { readonly type: 'log'; readonly line: object; readonly message: string }
  | { readonly type: 'listening' }
  /** It has a connection that it was handed. */
  | { readonly type: 'taken'; readonly connection: number };

/** The same clock in every process of the machine, never set: CLOCK_MONOTONIC. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
