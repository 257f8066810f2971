import type { MigrationInterface, QueryRunner } from 'typeorm';

const comments: Readonly<Record<string, string>> = {
  'TABLE cluster_members':
    'Every node that was ever a member: where it is, and what it is meant to be. Never part of a backup.',
  'COLUMN cluster_members.node_id': 'NODE_ID; never used again after a removal.',
  'COLUMN cluster_members.incarnation': 'One life of its disk: with the node id it names the member.',
  'COLUMN cluster_members.raft_address': 'host:port for its peers.',
  'COLUMN cluster_members.api_address': 'URL of its HTTP API.',
  'COLUMN cluster_members.standing': 'voter, learner or removed.',
  'COLUMN cluster_members.version': 'The release of its build.',
  'COLUMN cluster_members.cluster_version': 'The newest cluster version that its build can run.',
  'COLUMN cluster_members.mod_index': 'Log index of the last change.',
  'COLUMN cluster_members.created_by': 'User id; null for the node itself. No foreign key: the user may be gone.',
};

export class AddClusterMembers1795400000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE cluster_members (
  node_id text CONSTRAINT cluster_members_pkey PRIMARY KEY,
  incarnation text NOT NULL,
  raft_address text NOT NULL,
  api_address text NOT NULL,
  standing text NOT NULL,
  version text NOT NULL,
  cluster_version integer NOT NULL,
  mod_index bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by text,
  updated_at timestamptz(3) NOT NULL,
  updated_by text
)`);
    for (const [subject, comment] of Object.entries(comments)) {
      await queryRunner.query(`COMMENT ON ${subject} IS '${comment}'`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE cluster_members');
  }
}
