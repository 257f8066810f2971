import type { CommandDefinition } from '../consensus/command';
import { commandName } from '../consensus/command';
import type { Moment } from './rfc3339';

/** The names under which commands of this filter are recorded: the one given, or all released versions of a type. */
export function recordedNames(
  filter: string,
  commands: readonly Pick<CommandDefinition, 'type' | 'version'>[],
): readonly string[] {
  if (filter.includes('@')) return [filter];
  return commands.filter(({ type }) => type === filter).map(({ type, version }) => commandName(type, version));
}

/** Records carry whole milliseconds since 1970; PostgreSQL knows no year 0, and JavaScript writes years past 9999 longer. */
const latestMs = 253_402_300_799_999;

const storable = (epochMs: number): string => new Date(Math.min(Math.max(epochMs, -1), latestMs)).toISOString();

/** The first whole millisecond at or after the moment. */
export const notBefore = ({ epochMs, nanoseconds }: Moment): string => storable(epochMs + (nanoseconds > 0 ? 1 : 0));

/** The last whole millisecond at or before the moment. */
export const notAfter = ({ epochMs }: Moment): string => storable(epochMs);
