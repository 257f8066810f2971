import type { Feature } from '../consensus/command.registry';
import { createConfig } from './commands/create-config.command';
import { deleteConfig } from './commands/delete-config.command';
import { deleteSchema } from './commands/delete-schema.command';
import { rollbackConfig } from './commands/rollback-config.command';
import { updateConfig } from './commands/update-config.command';
import { updateSchema } from './commands/update-schema.command';
import {
  configOfProject,
  configOfSchema,
  configRevisions,
  configs,
  configTombstones,
  tombstoneOfProject,
} from './configs.table';

export const configsFeature: Feature = {
  tables: [configs, configTombstones, configRevisions],
  commands: [createConfig, updateConfig, rollbackConfig, deleteConfig, updateSchema, deleteSchema],
  references: [configOfProject, configOfSchema, tombstoneOfProject],
};
