import type { CommandDefinition, CommandResult } from '../../apps/server/src/consensus/command';

/** One entry of the golden log. Once it is in the log, changing it here changes nothing: add another. */
export interface GoldenStep {
  readonly name: string;
  readonly command: { readonly type: string; readonly version: number } | null;
  readonly payload: object;
  readonly actor?: string | null;
  /** By default the name, and one second after the entry before. */
  readonly commandId?: string;
  readonly fingerprint?: string;
  readonly at?: number;
  readonly birthIndex?: number;
}

type Options = Omit<GoldenStep, 'name' | 'command' | 'payload'>;

/** A step of this name, by the node itself or by the user that `options` names. */
export function step<Payload extends object, Result extends CommandResult>(
  name: string,
  command: CommandDefinition<Payload, Result>,
  payload: Payload,
  options: Options | string = {},
): GoldenStep {
  return { name, command, payload, ...(typeof options === 'string' ? { actor: options } : options) };
}
