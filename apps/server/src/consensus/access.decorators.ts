import { SetMetadata, applyDecorators } from '@nestjs/common';
import type { CommandDefinition, Permission } from './command';

export const requiredPermission = Symbol('required permission');

/** Who may call this route. Path parameters (and `projectId` of the query) are the subject. */
export const Requires = (permission: Permission) => SetMetadata(requiredPermission, permission);

export const proposes = Symbol('proposes a command');

/** The route proposes this command and takes its permission, which `apply` checks again. */
export const Executes = (command: Pick<CommandDefinition, 'requires'>) =>
  applyDecorators(Requires(command.requires), SetMetadata(proposes, true));

export { Public, publicRoute } from '../common/http/public.decorator';
