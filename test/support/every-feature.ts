import { authFeature } from '../../apps/server/src/auth/auth.feature';
import { clusterFeature } from '../../apps/server/src/cluster/cluster.feature';
import { configsFeature } from '../../apps/server/src/configs/configs.feature';
import { CommandRegistry } from '../../apps/server/src/consensus/command.registry';
import { projectsFeature } from '../../apps/server/src/projects/projects.feature';
import { rolesFeature } from '../../apps/server/src/roles/roles.feature';
import { schemasFeature } from '../../apps/server/src/schemas/schemas.feature';
import { usersFeature } from '../../apps/server/src/users/users.feature';

/** Every `*.feature.ts` of the server; the golden log's test holds that none is left out. */
const everyFeature = [
  usersFeature,
  authFeature,
  rolesFeature,
  projectsFeature,
  schemasFeature,
  configsFeature,
  clusterFeature,
];

export const aFullRegistry = (): CommandRegistry => new CommandRegistry(...everyFeature);
