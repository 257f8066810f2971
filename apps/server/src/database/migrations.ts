import { CreateTables1795300000000 } from '../../../../migrations/1795300000000-create-tables';

/** In order. Named one by one, so that they are the same in a build, in a test and in the TypeORM command line. */
export const migrations: readonly (new () => object)[] = [CreateTables1795300000000];
