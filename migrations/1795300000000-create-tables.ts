import type { MigrationInterface, QueryRunner } from 'typeorm';

const stamp = `
  mod_index bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by text,
  updated_at timestamptz(3) NOT NULL,
  updated_by text`;

/** In the order of creation: a table comes after those it refers to. */
const tables: readonly (readonly [name: string, definition: string])[] = [
  [
    'raft_meta',
    `id integer CONSTRAINT raft_meta_pkey PRIMARY KEY,
  cluster_id text NOT NULL,
  node_id text NOT NULL,
  incarnation text NOT NULL,
  applied_index bigint NOT NULL,
  applied_term bigint NOT NULL,
  last_at timestamptz(3) NOT NULL,
  row_hash text NOT NULL,
  audit_head_index bigint NOT NULL,
  audit_head_hash text NOT NULL,
  cluster_version integer NOT NULL,
  membership text NOT NULL`,
  ],
  [
    'command_outcomes',
    `index bigint CONSTRAINT command_outcomes_pkey PRIMARY KEY,
  command_id text NOT NULL,
  fingerprint text NOT NULL,
  outcome text NOT NULL`,
  ],
  [
    'audit_records',
    `index bigint CONSTRAINT audit_records_pkey PRIMARY KEY,
  at timestamptz(3) NOT NULL,
  actor_id text,
  request_id text NOT NULL,
  command text NOT NULL,
  subject_type text NOT NULL,
  subject_id text NOT NULL,
  project_id text,
  outcome text NOT NULL,
  code text,
  summary text NOT NULL,
  version_before integer,
  version_after integer,
  previous_hash text NOT NULL,
  hash text NOT NULL`,
  ],
  [
    'users',
    `id text CONSTRAINT users_pkey PRIMARY KEY,
  email text NOT NULL CONSTRAINT users_email_unique UNIQUE DEFERRABLE INITIALLY DEFERRED,
  name text,
  password_hash text NOT NULL,
  is_admin boolean NOT NULL,${stamp}`,
  ],
  [
    'refresh_families',
    `id text CONSTRAINT refresh_families_pkey PRIMARY KEY,
  user_id text NOT NULL
    CONSTRAINT refresh_families_user_fk REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  token_hash text NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  created_at timestamptz(3) NOT NULL,
  mod_index bigint NOT NULL`,
  ],
  [
    'projects',
    `id text CONSTRAINT projects_pkey PRIMARY KEY,
  name text NOT NULL CONSTRAINT projects_name_unique UNIQUE DEFERRABLE INITIALLY DEFERRED,
  description text,
  api_key_hint text NOT NULL,${stamp}`,
  ],
  [
    'api_keys',
    `hash text CONSTRAINT api_keys_pkey PRIMARY KEY,
  project_id text NOT NULL
    CONSTRAINT api_keys_project_fk REFERENCES projects ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  hint text NOT NULL,
  expires_at timestamptz(3),
  created_at timestamptz(3) NOT NULL,
  mod_index bigint NOT NULL`,
  ],
  [
    'roles',
    `project_id text
    CONSTRAINT roles_project_fk REFERENCES projects ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  user_id text
    CONSTRAINT roles_user_fk REFERENCES users ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  role text NOT NULL,${stamp},
  CONSTRAINT roles_pkey PRIMARY KEY (project_id, user_id)`,
  ],
  [
    'schemas',
    `id text CONSTRAINT schemas_pkey PRIMARY KEY,
  name text NOT NULL CONSTRAINT schemas_name_unique UNIQUE DEFERRABLE INITIALLY DEFERRED,
  description text,
  schema_uri text CONSTRAINT schemas_schema_uri_unique UNIQUE DEFERRABLE INITIALLY DEFERRED,
  draft text NOT NULL,
  version integer NOT NULL,
  content text NOT NULL,${stamp}`,
  ],
  [
    'schema_references',
    `schema_id text
    CONSTRAINT schema_references_schema_fk REFERENCES schemas ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  referred_id text
    CONSTRAINT schema_references_referred_fk REFERENCES schemas DEFERRABLE INITIALLY DEFERRED,
  mod_index bigint NOT NULL,
  CONSTRAINT schema_references_pkey PRIMARY KEY (schema_id, referred_id)`,
  ],
  [
    'schema_versions',
    `schema_id text,
  version integer,
  content text NOT NULL,
  mod_index bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by text,
  CONSTRAINT schema_versions_pkey PRIMARY KEY (schema_id, version)`,
  ],
  [
    'configs',
    `project_id text
    CONSTRAINT configs_project_fk REFERENCES projects ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key text COLLATE "C",
  schema_id text NOT NULL CONSTRAINT configs_schema_fk REFERENCES schemas DEFERRABLE INITIALLY DEFERRED,
  schema_version integer NOT NULL,
  version integer NOT NULL,
  content text NOT NULL,${stamp},
  CONSTRAINT configs_pkey PRIMARY KEY (project_id, key)`,
  ],
  [
    'config_tombstones',
    `project_id text
    CONSTRAINT config_tombstones_project_fk REFERENCES projects ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key text COLLATE "C",
  last_version integer NOT NULL,
  mod_index bigint NOT NULL,
  CONSTRAINT config_tombstones_pkey PRIMARY KEY (project_id, key)`,
  ],
  [
    'config_revisions',
    `project_id text,
  key text COLLATE "C",
  version integer,
  operation text NOT NULL,
  content text,
  schema_id text NOT NULL,
  schema_version integer NOT NULL,
  target_version integer,
  mod_index bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by text,
  CONSTRAINT config_revisions_pkey PRIMARY KEY (project_id, key, version)`,
  ],
];

const indexes: readonly string[] = [
  'audit_records_by_project ON audit_records (project_id, index)',
  'audit_records_by_actor ON audit_records (actor_id, index)',
  'audit_records_by_command ON audit_records (command, index)',
  'audit_records_by_time ON audit_records (at, index)',
  'refresh_families_by_user ON refresh_families (user_id)',
  'api_keys_by_project ON api_keys (project_id)',
  'roles_by_user ON roles (user_id)',
  'schema_references_by_referred ON schema_references (referred_id)',
  'configs_by_schema ON configs (schema_id)',
];

const stamped = ['users', 'projects', 'roles', 'schemas', 'configs'];

const comments: Readonly<Record<string, string>> = {
  'TABLE raft_meta':
    'One row: the replicated values that are no table, and the identity of the node that owns this database.',
  'COLUMN raft_meta.id': 'Always 1.',
  'COLUMN raft_meta.incarnation': 'Random part of the member that owns this database.',
  'COLUMN raft_meta.last_at': 'Time of the last applied entry.',
  'COLUMN raft_meta.row_hash': 'Running hash over all current rows.',
  'COLUMN raft_meta.cluster_version': 'Which command versions and hashed columns are in force.',
  'COLUMN raft_meta.membership': 'JSON: the members at the applied index.',
  'TABLE command_outcomes': 'The exactly-once window: the first outcome of each recent command.',
  'COLUMN command_outcomes.index': 'Log index of the command.',
  'COLUMN command_outcomes.command_id': 'Random, or derived from actor, route and Idempotency-Key.',
  'COLUMN command_outcomes.fingerprint': 'Hash of method, path and body.',
  'COLUMN command_outcomes.outcome':
    'JSON: {status:"applied",result} or {status:"rejected",code,detail}; no content, no secret.',
  'TABLE audit_records': 'One line per applied command, chained by hash; append-only.',
  'COLUMN audit_records.index': 'Log index of the command.',
  'COLUMN audit_records.at': "The entry's time, stamped by the leader.",
  'COLUMN audit_records.actor_id': 'The user who asked; null for the node itself.',
  'COLUMN audit_records.request_id': 'X-Request-Id of the request.',
  'COLUMN audit_records.command': 'type@version of the command.',
  'COLUMN audit_records.outcome': 'applied or rejected.',
  'COLUMN audit_records.code': 'Problem code of a rejection.',
  'COLUMN audit_records.summary': 'One sentence for a person.',
  'COLUMN audit_records.previous_hash': 'Hash of the record before, 64 zeros for the first.',
  'COLUMN audit_records.hash': 'SHA-256 over the previous hash and all other columns.',
  'TABLE users': 'People who use the admin API.',
  'COLUMN users.email': 'Lower case.',
  'COLUMN users.password_hash': 'bcrypt over base64(SHA-256(password)).',
  'COLUMN users.is_admin': 'System administrator: may do everything.',
  'TABLE refresh_families': 'One login and the refresh tokens that descend from it; only the newest is good.',
  'COLUMN refresh_families.token_hash': 'SHA-256 of the newest refresh token, hex.',
  'COLUMN refresh_families.expires_at': 'After this the family is purged by a command.',
  'TABLE projects': 'A set of configs with its own API key and roles.',
  'COLUMN projects.api_key_hint': 'The last characters of the current API key.',
  'TABLE api_keys': 'Hashes of the API keys that are good now: the current one and those in their grace period.',
  'COLUMN api_keys.hash': 'SHA-256 of the key, hex.',
  'COLUMN api_keys.hint': 'The last characters of the key.',
  'COLUMN api_keys.expires_at': 'End of the grace period; null for the current key.',
  'TABLE roles': 'What a user may do in a project.',
  'COLUMN roles.role': 'admin, editor or viewer.',
  'TABLE schemas': 'JSON Schemas that configs are checked against.',
  'COLUMN schemas.schema_uri': 'The $id under which other schemas refer to it.',
  'COLUMN schemas.draft': 'draft-04, draft-06, draft-07, 2019-09 or 2020-12.',
  'COLUMN schemas.content': 'Canonical JSON text.',
  'TABLE schema_references': 'Which stored schema refers directly to which.',
  'TABLE schema_versions': 'Every version that a schema ever had; append-only.',
  'COLUMN schema_versions.content': 'Canonical JSON text.',
  'TABLE configs': 'The current version of every config.',
  'COLUMN configs.schema_version': 'The version of the schema that the content was last checked against on a write.',
  'COLUMN configs.content': 'Canonical JSON text.',
  'TABLE config_tombstones': 'The last version of each deleted key: created again, it goes on from there.',
  'COLUMN config_tombstones.last_version': 'The version of the deletion itself.',
  'TABLE config_revisions': 'Every version that a config ever had; append-only, kept after deletion.',
  'COLUMN config_revisions.operation': 'create, update, rollback or delete.',
  'COLUMN config_revisions.content': 'Canonical JSON text; null for a deletion.',
  'COLUMN config_revisions.target_version': 'The version that a rollback went back to.',
};

export class CreateTables1795300000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, definition] of tables) await queryRunner.query(`CREATE TABLE ${name} (\n  ${definition}\n)`);
    for (const index of indexes) await queryRunner.query(`CREATE INDEX ${index}`);
    for (const [subject, comment] of Object.entries(comments)) {
      await queryRunner.query(`COMMENT ON ${subject} IS '${comment.replaceAll("'", "''")}'`);
    }
    for (const table of stamped) {
      await queryRunner.query(`COMMENT ON COLUMN ${table}.mod_index IS 'Log index of the last change.'`);
      await queryRunner.query(
        `COMMENT ON COLUMN ${table}.created_by IS 'User id; null for the node itself. No foreign key: the user may be gone.'`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const [name] of [...tables].reverse()) await queryRunner.query(`DROP TABLE ${name}`);
  }
}
