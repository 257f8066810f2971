import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { NestExpressApplication } from '@nestjs/platform-express';
import request from 'supertest';
import { parseEnvironment } from '../../apps/server/src/common/env';
import type { AppOptions } from '../../apps/server/src/app.module';
import { ConsensusNode } from '../../apps/server/src/consensus/consensus-node';
import { createApp } from '../../apps/server/src/create-app';
import { createDataSource } from '../../apps/server/src/database/data-source';
import { runMigrations } from '../../apps/server/src/database/run-migrations';
import { checkAnswer } from './openapi-answers';
import { fastDirectory } from './postgres-directory';
import { createTestDatabase, ensureTemplate } from './postgres';

export const adminEmail = 'admin@example.com';
export const adminPassword = 'the first administrator';

let counter = 0;
/** A name that no other test of this run uses. */
export const unique = (prefix: string): string => `${prefix}-${process.pid}-${++counter}`;

export interface Session {
  readonly userId: string;
  readonly email: string;
  readonly password: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface TestProject {
  readonly id: string;
  readonly name: string;
  readonly apiKey: string;
}

export interface TestSchema {
  readonly id: string;
  readonly version: number;
  readonly modIndex: number;
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete' | 'head';

export const portSchema = {
  type: 'object',
  properties: { port: { type: 'integer', minimum: 1, maximum: 65535 }, host: { type: 'string' } },
  required: ['port'],
  additionalProperties: false,
};

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
export class World {
  private constructor(
    readonly app: NestExpressApplication,
    readonly url: string,
    readonly admin: Session,
    readonly databaseUrl: string,
    readonly fatal: readonly Error[],
    private readonly dispose: () => Promise<void>,
  ) {}

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

  /** A request without credentials. Every answer is held against the OpenAPI document. */
  http(method: Method, path: string): request.Test {
    return request(this.url)
      [method](path)
      .expect((answer) => checkAnswer(method, path, answer));
  }

  as(session: Pick<Session, 'accessToken'>, method: Method, path: string): request.Test {
    return this.http(method, path).set('Authorization', `Bearer ${session.accessToken}`);
  }

  asAdmin(method: Method, path: string): request.Test {
    return this.as(this.admin, method, path);
  }

  async aUser({ isAdmin = false, email = `${unique('user')}@example.com` } = {}): Promise<Session> {
    const password = 'correct horse battery';
    await this.asAdmin('post', '/v1/users').send({ email, password, isAdmin }).expect(201);
    return this.logIn(email, password);
  }

  logIn(email: string, password: string): Promise<Session> {
    return logIn(this.url, email, password);
  }

  async aProject(name = unique('project')): Promise<TestProject> {
    const { body } = await this.asAdmin('post', '/v1/projects').send({ name }).expect(201);
    return { id: body.id, name, apiKey: body.apiKey };
  }

  async aMember(project: TestProject, role: 'admin' | 'editor' | 'viewer'): Promise<Session> {
    const user = await this.aUser();
    await this.asAdmin('post', `/v1/projects/${project.id}/roles`).send({ userId: user.userId, role }).expect(201);
    return user;
  }

  async aSchema(content: unknown = portSchema, name = unique('schema')): Promise<TestSchema> {
    const { body } = await this.asAdmin('post', '/v1/schemas').send({ name, content }).expect(201);
    return body as TestSchema;
  }

  async aConfig(
    project: TestProject,
    schema: TestSchema,
    key = unique('config'),
    content: unknown = { port: 8080 },
  ): Promise<{ key: string; version: number; modIndex: number }> {
    const { body } = await this.asAdmin('post', `/v1/projects/${project.id}/configs`)
      .send({ key, schemaId: schema.id, content })
      .expect(201);
    return body as { key: string; version: number; modIndex: number };
  }
}

export const aWorld = (variables?: Readonly<Record<string, string>>, options?: WorldOptions): Promise<World> =>
  World.create(variables, options);

async function logIn(url: string, email: string, password: string): Promise<Session> {
  const path = '/v1/auth/login';
  const asked = request(url).post(path).send({ email, password });
  const { body } = await asked.expect(200).expect((answer) => checkAnswer('post', path, answer));
  return { userId: body.user.id, email, password, accessToken: body.accessToken, refreshToken: body.refreshToken };
}
