import 'reflect-metadata';
import type { PinoLogger } from 'nestjs-pino';
import { createTestDatabase } from '../../../../test/support/postgres';
import { parseEnvironment } from '../common/env';
import { NodeDatabase } from './node-database';

describe('NodeDatabase', () => {
  it('gives the limits of the environment to its pool and to every session', async () => {
    const database = await createTestDatabase();
    const environment = parseEnvironment({
      DATABASE_URL: database.url,
      DATABASE_POOL_MAX: '3',
      DATABASE_CONNECT_TIMEOUT: '7s',
      DATABASE_STATEMENT_TIMEOUT: '11s',
    });
    const node = new NodeDatabase(environment, { warn: () => undefined } as unknown as PinoLogger);
    try {
      const { driver, manager } = await node.start([]);
      const { options } = (driver as unknown as { readonly master: { readonly options: object } }).master;
      expect(options).toMatchObject({ max: 3, connectionTimeoutMillis: 7_000, query_timeout: 16_000 });
      const shown = await manager.query(
        "SELECT current_setting('statement_timeout') AS statement, current_setting('idle_in_transaction_session_timeout') AS idle",
      );
      expect(shown).toEqual([{ statement: '11s', idle: '11s' }]);
    } finally {
      await node.stop();
      await database.drop();
    }
  });
});
