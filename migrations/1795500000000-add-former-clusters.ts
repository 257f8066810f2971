import type { MigrationInterface, QueryRunner } from 'typeorm';

const comments: Readonly<Record<string, string>> = {
  'TABLE former_clusters':
    'The clusters whose state this one goes on with, and which of their indexes are not part of it.',
  'COLUMN former_clusters.succession': 'restored from a backup, or recovered after a lost quorum.',
  'COLUMN former_clusters.last_index': 'Log index up to which its state was taken over.',
  'COLUMN former_clusters.next_index': 'Log index of the first entry of the cluster that followed.',
  'COLUMN former_clusters.mod_index': 'Log index of the last change.',
  'COLUMN former_clusters.created_by': 'User id; null for the node itself. No foreign key: the user may be gone.',
};

const commandId = 'COMMENT ON COLUMN command_outcomes.command_id IS';

export class AddFormerClusters1795500000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE TABLE former_clusters (
  cluster_id text CONSTRAINT former_clusters_pkey PRIMARY KEY,
  succession text NOT NULL,
  last_index bigint NOT NULL,
  next_index bigint NOT NULL,
  mod_index bigint NOT NULL,
  created_at timestamptz(3) NOT NULL,
  created_by text,
  updated_at timestamptz(3) NOT NULL,
  updated_by text
)`);
    for (const [subject, comment] of Object.entries(comments)) {
      await queryRunner.query(`COMMENT ON ${subject} IS '${comment}'`);
    }
    await queryRunner.query(`${commandId} 'Random, or derived from actor and Idempotency-Key.'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`${commandId} 'Random, or derived from actor, route and Idempotency-Key.'`);
    await queryRunner.query('DROP TABLE former_clusters');
  }
}
