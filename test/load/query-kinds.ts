import type { Filled } from './queries-fill';
import { keyOf } from './queries-fill';

/** A path for the nth request of a kind: a different question each time, so that no cache answers it. */
export type QueryKind = (n: number) => string;

/** Every query of the admin API, with every filter, and the pages far from the first. */
export function queryKinds({
  projects,
  users,
  configsOf,
  deepVersion,
  firstAt,
  lastAt,
}: Filled): Record<string, QueryKind> {
  const large = `/v1/projects/${projects[0]}/configs`;
  const inLarge = (n: number): string => `${large}/${keyOf((n * 7_919) % configsOf(0))}`;
  const cursor = (...position: readonly (string | number)[]): string =>
    Buffer.from(JSON.stringify(position)).toString('base64url');
  const small = (n: number): string => projects[1 + (n % (projects.length - 1))] ?? '';
  const span = Date.parse(lastAt) - Date.parse(firstAt);
  const moment = (n: number): string =>
    new Date(Date.parse(firstAt) + ((n * 104_729) % 100_000) * (span / 100_000)).toISOString();
  const busy = (n: number): string => users[2 + (n % 50)] ?? '';
  return {
    'configs: first page': () => `${large}?limit=50`,
    'configs: page after a cursor': (n) => `${large}?limit=50&cursor=${cursor(keyOf((n * 7_919) % configsOf(0)))}`,
    'configs: with content': (n) => `${large}?limit=50&include=content&cursor=${cursor(keyOf(n * 31))}`,
    'configs: prefix': (n) => `${large}?limit=50&prefix=service-${n % 97}.`,
    'configs: q in keys, found': (n) => `${large}?limit=50&q=area-${n % 13}.config`,
    'configs: q in contents, rare': () => `${large}?limit=50&q=needle`,
    'configs: q found once, large project': (n) =>
      `${large}?limit=50&q=config-${String((n * 7_919) % configsOf(0)).padStart(6, '0')}`,
    'configs: q found nowhere, large project': (n) => `${large}?limit=50&q=nothing-${n}`,
    'configs: q found nowhere, small project': (n) => `/v1/projects/${small(n)}/configs?limit=50&q=nothing-${n}`,
    config: inLarge,
    'revisions: first page': (n) => `${inLarge(n)}/revisions?limit=50`,
    'revisions: of a config with many': () => `${large}/${keyOf(0)}/revisions?limit=50`,
    'revisions: page after a cursor': (n) =>
      `${large}/${keyOf(0)}/revisions?limit=50&cursor=${cursor(1 + (n % deepVersion))}`,
    revision: (n) => `${large}/${keyOf(0)}/revisions/${1 + (n % deepVersion)}`,
    diff: (n) => `${large}/${keyOf(0)}/diff?from=${1 + (n % deepVersion)}&to=${1 + ((n * 31) % deepVersion)}`,
    'audit: newest': () => '/v1/audit?limit=50',
    'audit: page after a cursor': (n) => `/v1/audit?limit=50&cursor=${cursor((n * 7_919) % (deepVersion * 1_000))}`,
    'audit: large project': () => `/v1/audit?limit=50&projectId=${projects[0]}`,
    'audit: small project': (n) => `/v1/audit?limit=50&projectId=${small(n)}`,
    'audit: busy actor': (n) => `/v1/audit?limit=50&actorId=${busy(n)}`,
    'audit: rare actor': () => `/v1/audit?limit=50&actorId=${users[1]}`,
    'audit: actor who did nothing': (n) => `/v1/audit?limit=50&actorId=${users[60 + n]}`,
    'audit: frequent command': () => '/v1/audit?limit=50&command=config.update',
    'audit: rare command': () => '/v1/audit?limit=50&command=config.delete',
    'audit: since': (n) => `/v1/audit?limit=50&since=${moment(n)}`,
    'audit: until': (n) => `/v1/audit?limit=50&until=${moment(n)}`,
    'audit: project, rare actor': () => `/v1/audit?limit=50&projectId=${projects[0]}&actorId=${users[1]}`,
    'audit: project, rare command': () => `/v1/audit?limit=50&projectId=${projects[0]}&command=project.create`,
    'audit: actor, rare command': (n) => `/v1/audit?limit=50&actorId=${busy(n)}&command=config.rollback`,
    'audit: project, command, until': (n) =>
      `/v1/audit?limit=50&projectId=${small(n)}&command=config.update&until=${moment(n)}`,
    'audit: everything given': (n) =>
      `/v1/audit?limit=50&projectId=${projects[0]}&actorId=${busy(n)}&command=config.update&since=${moment(n)}&until=${lastAt}`,
    'schemas: first page': () => '/v1/schemas?limit=50',
    'schemas: q': (n) => `/v1/schemas?limit=50&q=schema ${n % 500}`.replace(' ', '%20'),
    'schema versions': (n) => `/v1/schemas/schema-${n % 500}/versions?limit=50`,
    'schema version': (n) => `/v1/schemas/schema-${n % 500}/versions/1`,
    'users: first page': () => '/v1/users?limit=50',
    'users: q found': (n) => `/v1/users?limit=50&q=team-${n % 40}.`,
    'users: q found nowhere': (n) => `/v1/users?limit=50&q=nobody-${n}`,
    'roles of a project': (n) => `/v1/projects/${small(n)}/roles?limit=50`,
    'roles of a user': (n) => `/v1/users/${busy(n)}/roles`,
    'projects: first page': () => '/v1/projects?limit=50',
    'projects: q': (n) => `/v1/projects?limit=50&q=project%20${n % 50}`,
  };
}
