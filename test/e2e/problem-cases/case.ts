import type { Response, Test } from 'supertest';
import type { Method, Session, TestProject, TestSchema, World } from '../../support/world';

/** A project with one config and one viewer, to whom everything goes wrong. */
export class Shop {
  private constructor(
    readonly world: World,
    readonly project: TestProject,
    readonly schema: TestSchema,
    readonly viewer: Session,
    readonly key: string,
  ) {}

  static async open(world: World): Promise<Shop> {
    const project = await world.aProject();
    const schema = await world.aSchema();
    const viewer = await world.aMember(project, 'viewer');
    const { key } = await world.aConfig(project, schema);
    return new Shop(world, project, schema, viewer, key);
  }

  at(path: string): string {
    return `/v1/projects/${this.project.id}${path}`;
  }

  config(path = ''): string {
    return this.at(`/configs/${this.key}${path}`);
  }

  admin(method: Method, path: string, body?: object): Test {
    return this.world.asAdmin(method, path).send(body);
  }

  asViewer(method: Method, path: string, body?: object): Test {
    return this.world.as(this.viewer, method, path).send(body);
  }

  /** A body as it is written here. */
  text(method: Method, path: string, body: string): Test {
    return this.world.asAdmin(method, path).type('application/json').send(body);
  }

  content(json: string): Test {
    return this.text('post', this.config('/validate'), `{"content":${json}}`);
  }
}

export interface Case {
  readonly what: string;
  readonly status: number;
  readonly code: string;
  readonly send: (shop: Shop) => Promise<Response>;
  /** Places that `errors` must name, in any order and no others. */
  readonly at?: readonly Readonly<Record<string, unknown>>[];
}

type Send = Case['send'];

/** Cases of one status and code. */
export const cases =
  (status: number, code: string) =>
  (what: string, send: Send, at?: Case['at']): Case => ({ what, status, code, send, ...(at && { at }) });
