const stamp = {
  createdAt: '2026-01-01T00:00:00.000Z',
  createdBy: 'user-1',
  updatedAt: '2026-01-02T03:04:05.678Z',
  updatedBy: null,
  modIndex: 0,
};

/** Rows of the real tables with every column filled, for tests that need no rules. */
export const aUserRow = (id: string, more: object = {}) => ({
  id,
  email: `${id}@example.com`,
  name: null,
  passwordHash: 'hash',
  isAdmin: false,
  ...stamp,
  ...more,
});

export const aProjectRow = (id: string, more: object = {}) => ({
  id,
  name: `name of ${id}`,
  description: null,
  apiKeyHint: 'abcd',
  ...stamp,
  ...more,
});

export const aSchemaRow = (id: string, more: object = {}) => ({
  id,
  name: `name of ${id}`,
  description: 'a schema',
  schemaUri: null,
  draft: '2020-12',
  version: 1,
  content: '{"type":"object"}',
  ...stamp,
  ...more,
});

export const aConfigRow = (projectId: string, key: string, more: object = {}) => ({
  projectId,
  key,
  schemaId: 'schema-1',
  schemaVersion: 1,
  version: 1,
  content: '{"a":1}',
  ...stamp,
  ...more,
});

export const aRevisionRow = (projectId: string, key: string, version: number, more: object = {}) => ({
  projectId,
  key,
  version,
  operation: 'update',
  content: `{"version":${version}}`,
  schemaId: 'schema-1',
  schemaVersion: 1,
  targetVersion: null,
  modIndex: 0,
  createdAt: stamp.createdAt,
  createdBy: null,
  ...more,
});
