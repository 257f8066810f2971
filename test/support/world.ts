import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { parseEnvironment } from '../../apps/server/src/common/env';
import type { AppOptions } from '../../apps/server/src/app.module';
import { ConsensusNode } from '../../apps/server/src/consensus/consensus-node';
import { createApp } from '../../apps/server/src/create-app';
import { createDataSource } from '../../apps/server/src/database/data-source';
import { runMigrations } from '../../apps/server/src/database/run-migrations';
import { fastDirectory } from './postgres-directory';
import { createTestDatabase, ensureTemplate } from './postgres';
import type { Session } from './remote-world';
import { logIn, RemoteWorld } from './remote-world';

export type { Method, Session, TestProject, TestSchema } from './remote-world';
export { portSchema, unique } from './remote-world';

export const adminEmail = 'admin@example.com';
export const adminPassword = 'the first administrator';

/** A template with the schema in it, so that a suite's database costs milliseconds. */
async function migratedTemplate(): Promise<string> {
  return ensureTemplate('migrated', async (url) => {
    const limits = { poolMax: 2, connectTimeoutMs: 10_000, statementTimeoutMs: 60_000 };
    const dataSource = await createDataSource({ url, ...limits }, []).initialize();
    await runMigrations(dataSource);
    await dataSource.destroy();
  });
}

export interface WorldOptions {
  /** Another disk under the log, or other limits of its queue. */
  readonly log?: AppOptions['log'];
  /** Where the node finds its database, when that is not where it is: a proxy that the test can close. */
  readonly reachDatabase?: (databaseUrl: string) => Promise<string>;
}

/** The whole application on a real PostgreSQL and a real log, and builders of what a test needs in it. */
export class World extends RemoteWorld {
  private constructor(
    readonly app: NestExpressApplication,
    url: string,
    admin: Session,
    readonly databaseUrl: string,
    readonly fatal: readonly Error[],
    private readonly dispose: () => Promise<void>,
  ) {
    super(url, admin);
  }

  static async create(
    variables: Readonly<Record<string, string>> = {},
    { log, reachDatabase }: WorldOptions = {},
  ): Promise<World> {
    const database = await createTestDatabase(await migratedTemplate());
    const directory = mkdtempSync(join(fastDirectory(), 'config-guardian-'));
    const environment = parseEnvironment({
      DATA_DIR: directory,
      DATABASE_URL: (await reachDatabase?.(database.url)) ?? database.url,
      ADMIN_EMAIL: adminEmail,
      ADMIN_PASSWORD: adminPassword,
      LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
      ...variables,
    });
    const fatal: Error[] = [];
    const app = await createApp({ environment, onFatal: (error) => fatal.push(error), log });
    const close = async (): Promise<void> => {
      await app.close();
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    };
    try {
      await app.listen(0, '127.0.0.1');
      await app.get(ConsensusNode).started;
    } catch (error) {
      await close();
      throw error;
    }
    const url = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`;
    const admin = await logIn(url, environment.adminEmail, environment.adminPassword ?? adminPassword);
    return new World(app, url, admin, database.url, fatal, close);
  }

  close(): Promise<void> {
    return this.dispose();
  }
}

export const aWorld = (variables?: Readonly<Record<string, string>>, options?: WorldOptions): Promise<World> =>
  World.create(variables, options);
