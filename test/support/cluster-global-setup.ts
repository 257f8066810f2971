import setUpBuiltServer from './e2e-global-setup';
import setUpPostgres from './jest-global-setup';

/** `CLUSTER_SERVER` names another build, which is taken as it is. */
export default async function setUp(): Promise<void> {
  await (process.env.CLUSTER_SERVER === undefined ? setUpBuiltServer() : setUpPostgres());
}
