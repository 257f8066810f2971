import { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import { queryOnce } from '../support/postgres-directory';
import type { World } from '../support/world';
import { aWorld, unique } from '../support/world';

let world: World;
beforeAll(async () => {
  world = await aWorld();
  for (let project = 0; project < 5; project++) await world.aProject();
  await world
    .asAdmin('post', '/v1/users')
    .send({ email: `${unique('secret')}@example.com`, password: 'never in the audit' });
  await verify();
}, 60_000);
afterAll(() => world.close());

const verify = async () => (await world.asAdmin('get', '/v1/audit/verify').expect(200)).body;
const sql = (text: string) => queryOnce(world.databaseUrl, text);

/** Changes the records, looks, and puts them back as they were. */
async function tampered(text: string): Promise<Awaited<ReturnType<typeof verify>>> {
  await sql('CREATE TABLE kept AS SELECT * FROM audit_records');
  try {
    await sql(text);
    return await verify();
  } finally {
    await sql('DELETE FROM audit_records; INSERT INTO audit_records SELECT * FROM kept; DROP TABLE kept');
  }
}

/** Of what a user did, so that there is an actor to change. */
const someIndex = async (): Promise<number> => {
  const [record] = await sql(
    'SELECT index FROM audit_records WHERE actor_id IS NOT NULL ORDER BY index OFFSET 2 LIMIT 1',
  );
  return Number(record?.['index']);
};
const lastIndex = (): number => world.app.get(ConsensusService).auditHead.index;

describe('the chain of audit records', () => {
  it('is whole when nobody touched it', async () => {
    expect(await verify()).toMatchObject({ valid: true, firstBroken: null, headIndex: lastIndex() });
  });

  it.each([
    ['its summary', "summary = 'nothing happened'"],
    ['its actor', 'actor_id = NULL'],
    ['its outcome', "outcome = 'rejected', code = 'forbidden'"],
    ['its time', "at = '2020-01-01T00:00:00Z'"],
  ])('shows a record that was changed in %s', async (_what, change) => {
    const index = await someIndex();
    const found = await tampered(`UPDATE audit_records SET ${change} WHERE index = ${index}`);
    expect(found).toMatchObject({ valid: false, firstBroken: { index, reason: expect.stringContaining('changed') } });
  });

  it('shows a record that is gone from the middle', async () => {
    const index = await someIndex();
    const found = await tampered(`DELETE FROM audit_records WHERE index = ${index}`);
    expect(found.valid).toBe(false);
    expect(found.firstBroken.index).toBeGreaterThan(index);
  });

  it.each([1, 3])('shows that the last %i are gone', async (count) => {
    const text = `DELETE FROM audit_records WHERE index IN (SELECT index FROM audit_records ORDER BY index DESC LIMIT ${count})`;
    expect(await tampered(text)).toMatchObject({
      valid: false,
      firstBroken: { index: lastIndex(), reason: expect.stringContaining('missing') },
    });
  });

  it('is whole again afterwards, and holds no secret', async () => {
    expect(await verify()).toMatchObject({ valid: true });
    const rows = JSON.stringify(await sql('SELECT * FROM audit_records'));
    expect(rows).not.toMatch(/never in the audit|\$2[aby]\$|cfg_/);
  });
});
