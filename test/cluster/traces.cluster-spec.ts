import { randomBytes } from 'node:crypto';
import { OtlpReceiver } from '../support/otlp-receiver';
import { logIn, RemoteWorld } from '../support/remote-world';
import { adminEmail, adminPassword } from './clients/administrator';
import { withCluster } from './processes/cluster-of-processes';

describe('a PUT at a follower', () => {
  it('is one trace, with the spans of the leader and of each member', async () => {
    const receiver = await OtlpReceiver.start();
    const variables = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '200' };
    try {
      await withCluster({ size: 3, variablesOf: () => variables }, async (cluster) => {
        const leader = await cluster.leader();
        const [follower, other] = await cluster.followers();
        if (!follower || !other) throw new Error('there are no two followers');
        const world = new RemoteWorld(follower.url, await logIn(follower.url, adminEmail, adminPassword));
        const project = await world.aProject();
        await world.aConfig(project, await world.aSchema(), 'app', { port: 8080 });
        const [trace, parent] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
        await world
          .asAdmin('put', `/v1/projects/${project.id}/configs/app`)
          .set('traceparent', `00-${trace}-${parent}-01`)
          .send({ content: { port: 8081 }, expectedVersion: 1 })
          .expect(200);
        const everywhere = cluster.nodes.flatMap(({ id }) =>
          ['sync', 'apply', 'persist'].map((name) => `${id} ${name}`),
        );
        const names = [`${follower.id} propose`, `${leader.id} replicate`, ...everywhere];
        const spans = await receiver.trace(trace, names);
        const propose = spans.find(({ name }) => name === 'propose');
        const request = spans.find(({ name }) => name === 'PUT /v1/projects/:projectId/configs/:key');
        expect(request).toMatchObject({ node: follower.id, parent });
        expect(propose).toMatchObject({ node: follower.id, parent: request?.id });
        const ofTheEntry = spans.filter(({ name }) => ['sync', 'apply', 'persist', 'replicate'].includes(name));
        expect(new Set(ofTheEntry.map((span) => span.parent))).toEqual(new Set([propose?.id]));
        expect(spans.filter(({ name }) => name === 'replicate').map(({ node }) => node)).toEqual([leader.id]);
      });
    } finally {
      await receiver.stop();
    }
  }, 120_000);
});
