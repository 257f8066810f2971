import { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import { ConsensusNode } from '../../apps/server/src/consensus/consensus-node';
import { createApp } from '../../apps/server/src/create-app';
import { parseEnvironment } from '../../apps/server/src/common/env';
import { Deadline } from '../../apps/server/src/common/deadline';
import type { RequestContext } from '../../apps/server/src/common/http/request-context';
import { createConfig } from '../../apps/server/src/configs/commands/create-config.command';
import { deleteConfig } from '../../apps/server/src/configs/commands/delete-config.command';
import { updateConfig } from '../../apps/server/src/configs/commands/update-config.command';
import { createProject } from '../../apps/server/src/projects/commands/create-project.command';
import { hashApiKey } from '../../apps/server/src/projects/api-key';
import { createSchema } from '../../apps/server/src/schemas/commands/create-schema.command';
import { createUser } from '../../apps/server/src/users/commands/create-user.command';
import { users } from '../../apps/server/src/users/users.table';

export interface Amounts {
  readonly configs: number;
  readonly revisions: number;
}

/** What there is to ask for. The first project holds half of all configs, the others share the rest. */
export interface Filled {
  readonly projects: readonly string[];
  readonly users: readonly string[];
  readonly configsOf: (project: number) => number;
  /** The config with a thousandth of all revisions. */
  readonly deepVersion: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

const smallProjects = 49;
const usersHeld = 2_000;
const schemasHeld = 500;
/** Commands under way at once; the log takes a few thousand before it refuses more. */
const underWay = 2_048;
/** The database is slower than the rest, and a node whose database lies too far behind takes no more. */
const mostBehind = 4_096;

export const keyOf = (n: number): string => `service-${n % 97}.area-${n % 13}.config-${String(n).padStart(6, '0')}`;

/** About 400 bytes; one config in a thousand speaks of a needle. */
export function contentOf(n: number, version: number): string {
  const word = (seed: number): string => ((n * 2_654_435_761 + version * 40_503 + seed * 97) >>> 0).toString(36);
  const endpoints = Array.from({ length: 4 }, (_, at) => ({
    host: `${word(at)}.example.com`,
    port: 8000 + at,
    token: word(at + 9),
  }));
  const note = n % 1_000 === 7 ? 'Needle in the haystack' : `version ${version} of ${word(50)}`;
  return JSON.stringify({ name: keyOf(n), endpoints, flags: { beta: n % 2 === 0, region: 'eu-west-1' }, note });
}

/** Runs the commands through log, state and persister as the API would, without HTTP: minutes instead of an hour. */
export async function fill(
  variables: Readonly<Record<string, string>>,
  { configs, revisions }: Amounts,
): Promise<Filled> {
  const app = await createApp({
    environment: parseEnvironment({ ...variables }),
    onFatal: (error) => {
      throw error;
    },
  });
  await app.init();
  await app.get(ConsensusNode).started;
  const consensus = app.get(ConsensusService);
  const firstAt = new Date().toISOString();
  const { value: admin } = consensus.state.of(users).all()[Symbol.iterator]().next();
  if (!admin) throw new Error('the node has no administrator');
  const userIds = Array.from({ length: usersHeld }, (_, n) => `user-${n}`);
  const projectIds = Array.from({ length: smallProjects + 1 }, (_, n) => `project-${n}`);
  const large = Math.ceil(configs / 2);
  const projectOf = (n: number): string => projectIds[n < large ? 0 : 1 + (n % smallProjects)] ?? '';
  const by = (actorId: string): RequestContext => contextOf(actorId);

  await each(consensus, usersHeld, (n) =>
    consensus.execute(
      createUser,
      {
        userId: `user-${n}`,
        email: `user-${n}@team-${n % 40}.example.com`,
        name: `User ${n}`,
        passwordHash: '-',
        isAdmin: true,
      },
      by(admin.id),
    ),
  );
  await each(consensus, projectIds.length, (n) =>
    consensus.execute(
      createProject,
      {
        projectId: `project-${n}`,
        name: `Project ${n}`,
        description: null,
        apiKeyHash: hashApiKey(`key ${n}`),
        apiKeyHint: 'hint',
      },
      by(admin.id),
    ),
  );
  await each(consensus, schemasHeld, (n) =>
    consensus.execute(
      createSchema,
      {
        schemaId: `schema-${n}`,
        name: `Schema ${n}`,
        description: null,
        content: '{"type":"object"}',
        draft: '2020-12',
        schemaUri: null,
        references: [],
        closure: [],
      },
      by(admin.id),
    ),
  );
  const checked = (n: number, version: number) => {
    const schemaId = `schema-${n % schemasHeld}`;
    return {
      projectId: projectOf(n),
      key: keyOf(n),
      schemaId,
      content: contentOf(n, version),
      closure: [{ schemaId, version: 1 }],
    };
  };
  // One user in a hundred changes as good as nothing, so that there is a filter that finds little.
  const actorOf = (n: number): string => userIds[n % 100_000 === 99 ? 1 : 2 + (n % 50)] ?? '';
  await each(consensus, configs, (n) => consensus.execute(createConfig, checked(n, 1), by(actorOf(n))));
  const versions = new Uint32Array(configs).fill(1);
  const deep = Math.max(10, Math.floor(revisions / 1_000));
  await each(consensus, revisions - configs, (i) => {
    const n = i < deep ? 0 : (i * 7_919) % configs;
    const version = (versions[n] = (versions[n] ?? 1) + 1);
    const payload = { ...checked(n, version), namesSchema: false, expectedVersion: null, ifMatch: null };
    return consensus.execute(updateConfig, payload, by(actorOf(i)));
  });
  await each(consensus, 20, (n) =>
    consensus.execute(
      deleteConfig,
      { projectId: projectOf(configs - 1 - n), key: keyOf(configs - 1 - n), expectedVersion: null, ifMatch: null },
      by(admin.id),
    ),
  );
  await consensus.flushed(Deadline.after(600_000));
  await app.close();
  const configsOf = (project: number): number =>
    project === 0 ? large : Math.floor((configs - large) / smallProjects);
  return {
    projects: projectIds,
    users: userIds,
    configsOf,
    deepVersion: deep,
    firstAt,
    lastAt: new Date().toISOString(),
  };
}

let requests = 0;

function contextOf(actorId: string): RequestContext {
  const id = `fill-${++requests}`;
  return {
    requestId: id,
    trace: null,
    deadline: Deadline.after(600_000),
    idempotencyKey: null,
    ifMatch: null,
    address: '127.0.0.1',
    fingerprint: id,
    actorId,
    commandId: id,
    apiKeyProjectId: null,
  };
}

/** In order, so many at once: proposing is synchronous up to the log, which keeps the order. */
async function each(consensus: ConsensusService, count: number, work: (n: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += underWay) {
    await consensus.flushed(Deadline.after(60_000), Math.max(0, consensus.appliedIndex - mostBehind));
    await Promise.all(Array.from({ length: Math.min(underWay, count - from) }, (_, n) => work(from + n)));
  }
}
