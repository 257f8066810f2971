import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendRaw } from '../../../../../test/support/raw-http';
import { AnswerWriter } from './answer-writer';

const constant = ['X-One', '1', 'X-Two', 'a; b'];
const writer = new AnswerWriter(constant);
const bodies: Readonly<Record<string, Buffer>> = {
  '/empty': Buffer.alloc(0),
  '/small': Buffer.from('{"text":"ü😀"}'),
  '/bytes': Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  '/large': Buffer.alloc(20_000, 'ü'),
};

const status = ({ url = '' }: IncomingMessage) => (url.startsWith('/known') ? 304 : 200);

function headersOf(request: IncomingMessage): [string, string][] {
  const body = bodies[request.url ?? ''];
  return [['ETag', '"7"'], ...(body ? [['Content-Length', String(body.length)] as [string, string]] : [])];
}

const bodyOf = (request: IncomingMessage) => (request.method === 'HEAD' ? undefined : bodies[request.url ?? '']);

const ways = {
  ours: (request: IncomingMessage, response: ServerResponse) =>
    writer.write(response, status(request), headersOf(request), bodyOf(request)),
  nodes: (request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status(request), [...constant, ...headersOf(request).flat()]).end(bodyOf(request));
  },
};

async function answers(way: keyof typeof ways, text: string, prepare?: (response: ServerResponse) => void) {
  const server = createServer((request, response) => {
    prepare?.(response);
    ways[way](request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const { head, body } = await sendRaw(`http://127.0.0.1:${port}`, text);
    return `${head}\r\n\r\n${body}`.replaceAll(/^Date: .*GMT\r$/gm, 'Date: now');
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const asked = (line: string, ...headers: string[]) => [line, 'Host: x', ...headers, '', ''].join('\r\n');
const last = asked('GET /small HTTP/1.1', 'Connection: close');

describe('the writer of answers', () => {
  it.each([
    ['bodies of every kind, one after the other', Object.keys(bodies).map((path) => asked(`GET ${path} HTTP/1.1`))],
    ['HEAD', [asked('HEAD /small HTTP/1.1'), asked('HEAD /large HTTP/1.1')]],
    ['304', [asked('GET /known HTTP/1.1'), asked('HEAD /known HTTP/1.1')]],
    ['HTTP/1.0', ['GET /small HTTP/1.0\r\n\r\n']],
    ['HTTP/1.0 that stays', ['GET /small HTTP/1.0\r\nConnection: keep-alive\r\n\r\n']],
  ])('writes byte for byte what Node would: %s', async (_what, requests) => {
    const text = [...requests, last].join('');
    const [ours, nodes] = [await answers('ours', text), await answers('nodes', text)];
    expect(ours).toContain('HTTP/1.1 ');
    expect(ours).toContain('Date: now');
    expect(ours).toBe(nodes);
  });

  it('leaves a connection that is to be closed to Node', async () => {
    const close = (response: ServerResponse): void => void response.setHeader('Connection', 'close');
    const answer = await answers('ours', asked('GET /small HTTP/1.1') + last, close);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(answer).toBe(await answers('nodes', asked('GET /small HTTP/1.1') + last, close));
  });

  it('is as a rule what writes the head', async () => {
    const writeHead = jest.fn();
    const answer = await answers('ours', asked('GET /small HTTP/1.1') + last, (response) => {
      const own = response.writeHead.bind(response);
      response.writeHead = ((...given: Parameters<typeof own>) => (writeHead(), own(...given))) as never;
    });
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(2);
    // For the last one only, which closes the connection.
    expect(writeHead).toHaveBeenCalledTimes(1);
  });

  it('takes no constant that would be another header', () => {
    expect(() => new AnswerWriter(['X-One', '1\r\nX-Two: 2'])).toThrow();
  });
});
