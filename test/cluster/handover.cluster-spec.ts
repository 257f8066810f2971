import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { ClusterNode } from './processes/cluster-node';
import { withCluster } from './processes/cluster-of-processes';

/** A request whose body never ends: the node that stops waits for it as long as it waits for any. */
async function anOpenRequest({ url }: ClusterNode): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(
    `POST /v1/auth/login HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
  );
  return socket;
}

/** Over a connection of its own, as a new client is. */
function isAnswered({ url }: ClusterNode): Promise<boolean> {
  return new Promise((resolve) => {
    get(`${url}/health`, { agent: false }, (answer) => {
      answer.resume();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}

it(
  'a leader that is told to stop by SIGTERM hands leadership over before it refuses its first request',
  () =>
    withCluster({ size: 3, variables: { LOG_LEVEL: 'info' } }, async (cluster) => {
      const leader = await cluster.leader();
      const before = await cluster.status(leader);
      const others = cluster.nodes.filter((node) => node !== leader);
      const open = await anOpenRequest(leader);
      expect(await isAnswered(leader)).toBe(true);
      const stopped = leader.stop();
      while (await isAnswered(leader));
      // It still waits for the open request, and refuses everybody else: the others have a leader already.
      expect(leader.isRunning).toBe(true);
      const after = await cluster.statuses(others);
      expect(after).toHaveLength(2);
      for (const { leaderId, term } of after) {
        expect(others.map(({ id }) => id)).toContain(leaderId);
        expect(term).toBeGreaterThan(before?.term ?? Infinity);
      }
      const written = await cluster.admin.send(others[0]!.url, 'POST', '/v1/projects', { body: { name: 'meanwhile' } });
      expect(written).toMatchObject({ status: 201 });
      expect(leader.isRunning).toBe(true);
      await stopped;
      open.destroy();
      expect(leader.exitCode).toBe(0);
      const log = leader.log.slice(leader.log.indexOf('SIGTERM'));
      expect(log).toMatch(/leadership is handed over to node-\d/);
    }),
  120_000,
);
