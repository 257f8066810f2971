import type { MemberId } from '@config-guardian/raft';
import type { FormationPlan } from './formation-plan';

/**
 * What a node says of itself to one that is about to form a cluster. `empty`: no log and no plan. `forming`: it has
 * promised to take part. `formed`: it has a log, whatever the others may think.
 */
export type FormationStatus =
  | { readonly state: 'empty' }
  | { readonly state: 'forming'; readonly plan: FormationPlan }
  | { readonly state: 'formed'; readonly clusterId: string; readonly members: readonly MemberId[] };

export const formationMethods = {
  status: 'formation/status',
  prepare: 'formation/prepare',
  commit: 'formation/commit',
} as const;

export const encodeJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value), 'utf8');

export const decodeJson = (body: Uint8Array): unknown =>
  JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
