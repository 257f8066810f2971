import { authFeature } from './auth/auth.feature';
import { clusterFeature } from './cluster/cluster.feature';
import { configsFeature } from './configs/configs.feature';
import { CommandRegistry } from './consensus/command.registry';
import { projectsFeature } from './projects/projects.feature';
import { rolesFeature } from './roles/roles.feature';
import { schemasFeature } from './schemas/schemas.feature';
import { usersFeature } from './users/users.feature';

/** Every `*.feature.ts`, for those who know the state without running the application; a test holds that none is left out. */
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
