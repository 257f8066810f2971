import type { Envelope } from '../../apps/server/src/consensus/envelope';
import type { Applied } from '../../apps/server/src/consensus/state-machine';
import { refreshFamilies } from '../../apps/server/src/users/refresh-families.table';

type Result = Readonly<Record<string, unknown>>;
/** The events of one applied command, in order; what it found to do decides where that differs. */
type Told = readonly string[] | ((result: Result, applied: Applied) => readonly string[]);

const times = (count: unknown, type: string): string[] => Array.from({ length: Number(count) }, () => type);
const endedLogins = ({ changes }: Applied): number =>
  changes.filter(({ table, after }) => table.name === refreshFamilies.name && after === undefined).length;

/** They change nothing that anybody on the node waits for: whoever needs the cluster's version reads it. */
export const commandsWithoutEvents: readonly string[] = ['cluster.raise-version', 'cluster.succeed'];

/** Every other command. Rows that go by cascade are told by the event of the command that caused it. */
export const eventsOfCommands: Readonly<Record<string, Told>> = {
  'user.create-first-admin': ({ created }) => (created === true ? ['user.created'] : []),
  'user.create': ['user.created'],
  'user.update': ['user.updated'],
  'user.delete': ['user.deleted'],
  // One login too many displaces the one that was unused for longest.
  'session.begin': (_result, applied) => [...times(endedLogins(applied), 'session.ended'), 'session.begun'],
  'session.renew': ({ reused }) => [reused === true ? 'session.ended' : 'session.renewed'],
  'session.end': ({ userId }) => (userId === null ? [] : ['session.ended']),
  'session.purge-expired': ({ purged }) => times(purged, 'session.ended'),
  'project.create': ['project.created'],
  'project.update': ['project.updated'],
  'project.delete': ['project.deleted'],
  'api-key.regenerate': ['api-key.regenerated'],
  'api-key.expire': ({ expired }) => (Number(expired) > 0 ? ['api-key.expired'] : []),
  'role.grant': ['role.granted'],
  'role.change': ['role.changed'],
  'role.revoke': ['role.revoked'],
  'schema.create': ['schema.created'],
  'schema.update': ['schema.updated'],
  'schema.delete': ['schema.deleted'],
  'config.create': ['config.created'],
  'config.update': ['config.updated'],
  'config.rollback': ['config.rolled-back'],
  'config.delete': ['config.deleted'],
  'member.announce': ['member.changed'],
  'member.add': ['member.changed'],
  'member.promote': ['member.changed'],
  'member.demote': ['member.changed'],
  'member.remove': ['member.changed'],
  'leadership.transfer': ['leadership.transfer-asked'],
};

/** What the entry should have told. A rejected command and a repeated one tell nothing. */
function wantedEvents({ type, actor }: Envelope, applied: Applied): readonly object[] {
  const { index, outcome, duplicate } = applied;
  if (duplicate || outcome?.status !== 'applied' || commandsWithoutEvents.includes(type)) return [];
  const told = eventsOfCommands[type] ?? [`events of ${type} that nobody has written down`];
  const types = typeof told === 'function' ? told((outcome.result ?? {}) as Result, applied) : told;
  return types.map((event) => ({ type: event, index, actorId: actor }));
}

/** Each event that is missing, or that nobody expects, or that names another place in the log or another actor. */
export function eventDifferences(envelope: Envelope, applied: Applied): readonly string[] {
  const found = JSON.stringify(applied.events.map(({ type, index, actorId }) => ({ type, index, actorId })));
  const wanted = JSON.stringify(wantedEvents(envelope, applied));
  return found === wanted ? [] : [`${envelope.type} at ${applied.index}: ${found} instead of ${wanted}`];
}
