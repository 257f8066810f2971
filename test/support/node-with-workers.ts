import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { FastPlace } from './fast-read-cases';
import { NodeProcess } from './node-process';
import { eventually, temporaryDirectory } from './postgres-directory';
import type { TestProject } from './remote-world';
import { logIn, RemoteWorld } from './remote-world';
import { adminEmail, adminPassword } from './world';

/** Workers tell what they have answered twice a second. */
const toldMs = 700;

/** A real node with two read workers. */
export class NodeWithWorkers implements FastPlace {
  readonly count = 2;
  #world: RemoteWorld | undefined;
  #project: TestProject | undefined;
  #schemaId = '';

  private constructor(
    readonly node: NodeProcess,
    private readonly directory: ReturnType<typeof temporaryDirectory>,
  ) {}

  static async start(variables: Readonly<Record<string, string>> = {}): Promise<NodeWithWorkers> {
    const directory = temporaryDirectory();
    const node = await NodeProcess.on(join(directory.path, 'data'), {
      READ_WORKERS: '2',
      ADMIN_PASSWORD: adminPassword,
      ...variables,
    });
    const place = new NodeWithWorkers(node, directory);
    await node.start();
    await place.#prepare();
    return place;
  }

  readonly world = (): RemoteWorld => this.#world as RemoteWorld;
  readonly project = (): TestProject => this.#project as TestProject;

  /** Of the config `app`. */
  get url(): string {
    return `${this.node.url}/v1/read/${this.project().apiKey}/app`;
  }

  /** The version that the config has now. */
  async update(content: unknown): Promise<number> {
    const asked = this.world().asAdmin('put', `/v1/projects/${this.project().id}/configs/app`).set('If-Match', '*');
    return (await asked.send({ content }).expect(200)).body.version as number;
  }

  async aConfig(key: string, content: unknown): Promise<void> {
    await this.world().aConfig(this.project(), { id: this.#schemaId, version: 1, modIndex: 0 }, key, content);
  }

  readonly answered = async (): Promise<number> => {
    const { text } = await this.world().http('get', '/metrics');
    return Number(/^config_guardian_read_worker_answers_total (\d+)$/m.exec(text)?.[1]);
  };

  readonly answeredOneMore = async (from: number): Promise<void> => {
    expect(await eventually('a worker told', async () => ((await this.answered()) > from ? true : undefined))).toBe(
      true,
    );
    expect(await this.answered()).toBe(from + 1);
  };

  readonly answeredNoMore = async (from: number): Promise<void> => {
    await wait(toldMs);
    expect(await this.answered()).toBe(from);
  };

  async close(): Promise<void> {
    await this.node.kill();
    this.directory.remove();
  }

  async #prepare(): Promise<void> {
    this.#world = new RemoteWorld(this.node.url, await logIn(this.node.url, adminEmail, adminPassword));
    this.#project = await this.#world.aProject();
    const schema = await this.#world.aSchema(true);
    this.#schemaId = schema.id;
    await this.#world.aConfig(this.#project, schema, 'app', { port: 8080, text: 'ü😀' });
  }
}
