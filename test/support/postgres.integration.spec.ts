import { Client } from 'pg';
import { createTestDatabase, ensureTemplate } from './postgres';

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe('test databases', () => {
  it('prepares a template once, however many ask for it at the same time', async () => {
    let prepared = 0;
    const prepare = async (url: string): Promise<void> => {
      prepared += 1;
      await query(url, 'CREATE TABLE thing (name text)');
    };
    const names = await Promise.all([1, 2, 3, 4].map(() => ensureTemplate('asked_at_once', prepare)));
    expect(prepared).toBe(1);
    expect(new Set(names).size).toBe(1);
  });

  it('copies the template into databases that do not see each other, and drops them with sessions open', async () => {
    const template = await ensureTemplate('one_row', async (url) => {
      await query(url, "CREATE TABLE thing (name text); INSERT INTO thing VALUES ('of the template')");
    });
    const [one, other] = await Promise.all([createTestDatabase(template), createTestDatabase(template)]);
    await query(one.url, "INSERT INTO thing VALUES ('of one')");
    expect(await query(one.url, 'SELECT name FROM thing')).toHaveLength(2);
    expect(await query(other.url, 'SELECT name FROM thing')).toEqual([{ name: 'of the template' }]);

    const idle = new Client({ connectionString: one.url });
    const ended = new Promise<string>((resolve) => idle.on('error', (error) => resolve(error.message)));
    await idle.connect();
    await one.drop();
    expect(await ended).toMatch(/terminat/);
    expect(await query(other.url, `SELECT 1 FROM pg_database WHERE datname = '${one.name}'`)).toEqual([]);
    await other.drop();
  });

  it('prepares a template again after a preparation that failed', async () => {
    await expect(ensureTemplate('fails_first', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const template = await ensureTemplate('fails_first', async (url) => {
      await query(url, 'CREATE TABLE thing (name text)');
    });
    const database = await createTestDatabase(template);
    expect(await query(database.url, 'SELECT * FROM thing')).toEqual([]);
    await database.drop();
  });
});
