import type { OpenAPIObject } from '@nestjs/swagger';

const database = { host: 'db.internal', port: 5432 };
const someone = { email: 'ada@example.com', password: 'correct horse battery staple', name: 'Ada Lovelace' };

/**
 * Bodies that a newcomer can send from /docs as they stand, or after one obvious change. What is put together from the
 * examples of the members would name ids that do not exist, versions that are not there yet, and two ways of saying the
 * same at once.
 */
const bodies: Readonly<Record<string, unknown>> = {
  login: { email: 'admin@example.com', password: 'the text in the file DATA_DIR/admin-password' },
  createUser: someone,
  registerUser: someone,
  updateUser: { name: 'Ada King' },
  grantRole: { email: 'ada@example.com', role: 'editor' },
  createProject: { name: 'shop', description: 'What the shop is configured with' },
  updateProject: { description: 'What the shop and its checkout are configured with' },
  createConfig: { key: 'database.primary', schemaId: 'the id of a schema', content: database },
  updateConfig: { content: { ...database, port: 5433 }, expectedVersion: 1 },
  addMember: { id: 'node-4', raftAddress: '10.0.0.4:7400', apiAddress: 'http://10.0.0.4:8080' },
  transferLeadership: { to: 'node-2' },
  rollbackConfig: { targetVersion: 1, expectedVersion: 2 },
};

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

export function operationsOf(document: OpenAPIObject): readonly Operation[] {
  return Object.values(document.paths).flatMap(({ get, post, put, patch, delete: remove }) =>
    [get, post, put, patch, remove].filter((operation) => operation !== undefined),
  );
}

/** Gives the operations above their bodies. Throws for one that does not exist, so that a renamed one is noticed. */
export function addExampleBodies(document: OpenAPIObject): void {
  const operations = new Map(operationsOf(document).map((operation) => [operation.operationId, operation]));
  for (const [operationId, example] of Object.entries(bodies)) {
    const body = operations.get(operationId)?.requestBody;
    const media = body && 'content' in body ? body.content['application/json'] : undefined;
    if (!media) throw new Error(`there is an example for ${operationId}, which takes no JSON`);
    media.example = example;
  }
}

/**
 * Swagger UI fills the example of a parameter in as its value: every list would be filtered, every change would fail on
 * a made-up If-Match. So the copy of the document for the UI has none.
 */
export function withoutExampleParameters(document: OpenAPIObject): OpenAPIObject {
  const copy = structuredClone(document);
  for (const { parameters = [] } of operationsOf(copy)) {
    for (const parameter of parameters) {
      if (!('in' in parameter)) continue;
      delete parameter.example;
      if (parameter.schema && 'example' in parameter.schema) delete parameter.schema.example;
    }
  }
  return copy;
}
