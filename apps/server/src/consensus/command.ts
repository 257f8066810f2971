import type { StateView } from './state/state';
import type { WritableState } from './state/staging';

/** Who may execute a command: the name of a registered rule and its argument. Declared once, checked by guard and apply. */
export interface Permission {
  readonly rule: string;
  readonly argument?: string;
}

/** What a rule looks at: the payload of a command, or the path parameters of a request. */
export type PermissionSubject = Readonly<Record<string, unknown>>;

export interface PermissionRule {
  readonly rule: string;
  /** Rejects (unauthenticated, forbidden, project-not-found, ...) or returns. */
  check(state: StateView, actorId: string | null, subject: PermissionSubject, argument: string | undefined): void;
}

/** No actor is needed: what the payload holds (a refresh token's hash) is the credential. */
export const anyone: Permission = { rule: 'anyone' };
/** Proposed by the node itself, never by a request. */
export const theSystem: Permission = { rule: 'the-system' };

/** What an applier may know besides the state and the payload. */
export interface ApplyContext {
  readonly index: number;
  /** Milliseconds since the epoch, stamped by the leader, never earlier than the entry before. */
  readonly atMs: number;
  /** The same moment in RFC 3339. */
  readonly at: string;
  readonly actorId: string | null;
}

export interface AuditSubject {
  readonly type: string;
  readonly id: string;
  readonly projectId?: string | null;
}

/** What the audit record says about one command, beside who, when and the outcome. Never content, never secrets. */
export interface AuditNote {
  readonly subject: AuditSubject;
  /** One sentence for a person. */
  readonly summary: string;
  readonly versionBefore?: number | null;
  readonly versionAfter?: number | null;
}

/** JSON that fits the exactly-once window: ids, versions, times; no content and no secret. */
export type CommandResult = object | null;

/** The version before, and the same wish in its words. */
export interface Predecessor<Payload, Result extends CommandResult> {
  readonly command: CommandDefinition<never, Result>;
  payload(payload: Payload): object;
}

export interface CommandDefinition<Payload extends object = object, Result extends CommandResult = CommandResult> {
  /** `noun.verb`; together with `version` it names an encoding that never changes once released. */
  readonly type: string;
  readonly version: number;
  /** Proposed only in a cluster of this version or a newer one; 1 when left out. */
  readonly since?: number;
  /** What is proposed instead in an older cluster. */
  readonly before?: Predecessor<Payload, Result>;
  readonly requires: Permission;
  /** Pure: load, check, write, return. Rejects for an expected refusal; any other exception halts the node. */
  apply(state: WritableState, payload: Payload, context: ApplyContext): Result;
  /** For the audit record. `result` is null when the command was rejected. */
  audit(payload: Payload, result: Result | null): AuditNote;
}

export function defineCommand<Payload extends object, Result extends CommandResult>(
  definition: CommandDefinition<Payload, Result>,
): CommandDefinition<Payload, Result> {
  return definition;
}

/** The newest version of the command that all members of a cluster of this version understand. */
export function proposable<Payload extends object, Result extends CommandResult>(
  definition: CommandDefinition<Payload, Result>,
  payload: Payload,
  clusterVersion: number,
): { readonly type: string; readonly version: number; readonly payload: object } {
  const { type, version, since = 1, before } = definition;
  if (since <= clusterVersion) return { type, version, payload };
  if (!before)
    throw new Error(`${commandName(type, version)} needs cluster version ${since}, and nothing was before it`);
  return proposable(before.command as CommandDefinition<object, Result>, before.payload(payload), clusterVersion);
}

export const commandName = (type: string, version: number): string => `${type}@${version}`;
