import 'reflect-metadata';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source';

const url = process.env.DATABASE_URL;
if (!url) throw new Error('Set DATABASE_URL to the database whose schema is to be looked at or changed.');

/** For the TypeORM command line alone, from the build; the server takes its entities from what the features register. */
export default new DataSource(
  dataSourceOptions({ url, poolMax: 2, connectTimeoutMs: 10_000, statementTimeoutMs: 0 }, [
    join(__dirname, '..', '**', '*.entity.js'),
  ]),
);
