import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets `?q=` find a piece of a key or of a content without reading every config. */
export class AddTextSearch1795300000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Trusted since PostgreSQL 13: the owner of a database may create it. It can have been made by hand before.
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS pg_trgm').catch((error: unknown) => {
      throw new Error(
        `The extension pg_trgm, which the search in configs needs, cannot be created: ${String(error)}. ` +
          'It comes with PostgreSQL (package postgresql-contrib). Let a superuser run "CREATE EXTENSION pg_trgm" in this ' +
          'database, or grant the user of DATABASE_URL the right CREATE on the database; then start again.',
        { cause: error },
      );
    });
    await queryRunner.query(
      'CREATE INDEX configs_text_search ON configs USING gin (key gin_trgm_ops, content gin_trgm_ops)',
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    // The extension stays: it may serve others in the same database.
    await queryRunner.query('DROP INDEX configs_text_search');
  }
}
