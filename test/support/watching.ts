import { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import { Watchers } from '../../apps/server/src/read/watch/watchers';
import type { StreamOptions } from './event-stream';
import { EventStream } from './event-stream';
import type { TestProject, TestSchema, World } from './world';

type Written = Readonly<{ version: number; modIndex: number }>;

/** A project whose configs change, and streams that watch it. */
export class Watching {
  readonly #streams: EventStream[] = [];

  private constructor(
    readonly world: World,
    readonly project: TestProject,
    readonly schema: TestSchema,
  ) {}

  static async in(world: World): Promise<Watching> {
    return new Watching(world, await world.aProject(), await world.aSchema(true));
  }

  get watchers(): Watchers {
    return this.world.app.get(Watchers, { strict: false });
  }

  get applied(): number {
    return this.world.app.get(ConsensusService, { strict: false }).appliedIndex;
  }

  async watch(query = '', options?: StreamOptions): Promise<EventStream> {
    const stream = await EventStream.open(`${this.world.url}/v1/watch/${this.project.apiKey}${query}`, options);
    this.#streams.push(stream);
    return stream;
  }

  create(key: string, content: unknown = 1): Promise<Written> {
    return this.world.aConfig(this.project, this.schema, key, content);
  }

  async update(key: string, content: unknown): Promise<Written> {
    const asked = this.world
      .asAdmin('put', this.path(`configs/${key}`))
      .set('If-Match', '*')
      .send({ content });
    return (await asked.expect(200)).body as Written;
  }

  async remove(key: string): Promise<void> {
    await this.world.asAdmin('delete', this.path(`configs/${key}`)).expect(204);
  }

  async regenerateKey(body: object = {}): Promise<void> {
    await this.world.asAdmin('post', this.path('api-key/regenerate')).send(body).expect(200);
  }

  path(rest: string): string {
    return `/v1/projects/${this.project.id}/${rest}`;
  }

  close(): void {
    for (const stream of this.#streams.splice(0)) stream.close();
  }
}
