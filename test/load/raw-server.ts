import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What node:http alone can do: the same bytes for every request, in a process of its own. Its parent tells the bytes. */
process.once('message', (body: string) => {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const server = createServer((_request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });
  server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
});
process.once('disconnect', () => process.exit(0));
