import type { CommandDefinition, CommandResult } from '../../apps/server/src/consensus/command';
import type { Surroundings } from './surroundings';

/** A command with a payload as a service would make it, or as one would that looked too early. */
export interface Proposal {
  readonly command: CommandDefinition;
  readonly payload: object;
  readonly isSystem?: boolean;
}

export type Maker = (around: Surroundings) => Proposal;

export function makes<Payload extends object, Result extends CommandResult>(
  command: CommandDefinition<Payload, Result>,
  payload: (around: Surroundings) => Payload,
): Maker {
  const isSystem = command.requires.rule === 'the-system';
  return (around) => ({ command: command as unknown as CommandDefinition, payload: payload(around), isSystem });
}
