export const password = 'a password for the benchmark';
export const json = { 'content-type': 'application/json' };
export const document = (seed: number) => ({
  name: `service-${seed}`,
  endpoints: Array.from({ length: 4 }, (_, n) => ({
    host: `host-${n}.example.com`,
    port: 8000 + ((seed + n) % 1000),
    weight: n / 4,
  })),
  flags: { beta: seed % 2 === 0, region: 'eu-west-1', retries: seed % 7 },
});
const schema = {
  type: 'object',
  required: ['name', 'endpoints'],
  properties: {
    name: { type: 'string', maxLength: 100 },
    endpoints: {
      type: 'array',
      items: {
        type: 'object',
        required: ['host', 'port'],
        properties: {
          host: { type: 'string' },
          port: { type: 'integer', minimum: 1, maximum: 65535 },
          weight: { type: 'number' },
        },
      },
    },
    flags: { type: 'object' },
  },
};

/** A node with a project of one config for each connection. */
export interface Target {
  readonly url: string;
  readonly pid: number;
  readonly authorization: string;
  readonly apiKey: string;
  readonly configs: string;
}

async function call<T>(url: string, method: string, body: unknown, authorization = ''): Promise<T> {
  const answer = await fetch(url, { method, headers: { ...json, authorization }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** `more`: documents by their keys, beside as many of the usual ones as are to be held. */
export async function prepare(
  { url, pid }: Pick<Target, 'url' | 'pid'>,
  configsHeld: number,
  more: Readonly<Record<string, object>> = {},
): Promise<Target> {
  const { accessToken } = await call<{ accessToken: string }>(`${url}/v1/auth/login`, 'POST', {
    email: 'admin@example.com',
    password,
  });
  const authorization = `Bearer ${accessToken}`;
  const { id: projectId, apiKey } = await call<{ id: string; apiKey: string }>(
    `${url}/v1/projects`,
    'POST',
    { name: 'bench' },
    authorization,
  );
  const { id: schemaId } = await call<{ id: string }>(
    `${url}/v1/schemas`,
    'POST',
    { name: 'bench', content: schema },
    authorization,
  );
  const configs = `/v1/projects/${projectId}/configs`;
  const create = (key: string, content: object) =>
    call(`${url}${configs}`, 'POST', { key, schemaId, content }, authorization);
  for (let n = 0; n < configsHeld; n++) await create(`config-${n}`, document(n));
  for (const [key, content] of Object.entries(more)) await create(key, content);
  return { url, pid, authorization, apiKey, configs };
}
