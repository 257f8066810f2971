import { CreateTables1795300000000 } from '../../../../migrations/1795300000000-create-tables';
import { AddFormerClusters1795500000000 } from '../../../../migrations/1795500000000-add-former-clusters';
import { AddClusterMembers1795400000000 } from '../../../../migrations/1795400000000-add-cluster-members';

/** In order. Named one by one, so that they are the same in a build, in a test and in the TypeORM command line. */
export const migrations: readonly (new () => object)[] = [
  CreateTables1795300000000,
  AddClusterMembers1795400000000,
  AddFormerClusters1795500000000,
];
