import request from 'supertest';
import { checkAnswer } from './openapi-answers';

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

/** A node wherever it runs, by its address, and builders of what a test needs in it. */
export class RemoteWorld {
  constructor(
    readonly url: string,
    readonly admin: Session,
  ) {}

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

export async function logIn(url: string, email: string, password: string): Promise<Session> {
  const path = '/v1/auth/login';
  const asked = request(url).post(path).send({ email, password });
  const { body } = await asked.expect(200).expect((answer) => checkAnswer('post', path, answer));
  return { userId: body.user.id, email, password, accessToken: body.accessToken, refreshToken: body.refreshToken };
}
