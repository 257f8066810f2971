import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendRaw } from '../../../../../test/support/raw-http';
import { callerHeader, takeCallers } from './caller-address';

it('believes workers only: on a connection of a client its own word is left, and one request is answered', async () => {
  const seen: Pick<IncomingMessage['socket'], 'remoteAddress'>[] = [];
  const server = createServer(({ socket }, response) => {
    seen.push({ remoteAddress: socket.remoteAddress });
    response.end('answered');
  });
  takeCallers(server, true);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const request = `GET / HTTP/1.1\r\nHost: x\r\n${callerHeader('10.0.0.1').join(': ')}\r\n\r\n`;
    const { port } = server.address() as AddressInfo;
    const answer = await sendRaw(`http://127.0.0.1:${port}`, request);
    expect([answer.status, answer.body]).toEqual([200, 'answered']);
    expect(answer.head).toMatch(/^Connection: close$/m);
    expect(seen).toEqual([{ remoteAddress: '127.0.0.1' }]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
