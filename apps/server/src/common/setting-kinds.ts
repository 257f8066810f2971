import type { Setting } from './setting';
import { parseDuration, parseSize } from './units';

export const text = (takes: string, pattern: RegExp) => ({
  takes,
  parse: (value: string) => (pattern.test(value) ? value : undefined),
});
export const whole = (min: number, max: number) => ({
  takes: `a whole number from ${min} to ${max}`,
  parse: (value: string) =>
    /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined,
});
export const duration = (minMs: number, maxMs: number, range: string) => ({
  takes: `a duration such as 500ms, 10s, 15m, 12h or 30d, ${range}`,
  parse: (value: string) => {
    const ms = parseDuration(value);
    return ms !== undefined && ms >= minMs && ms <= maxMs ? ms : undefined;
  },
});
export const size = (min: number, max: number, range: string) => ({
  takes: `a size in bytes or such as 512KiB or 1MiB, ${range}`,
  parse: (value: string) => {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= min && bytes <= max ? bytes : undefined;
  },
});
export const yesNo = { takes: 'true or false', parse: (value: string) => ({ true: true, false: false })[value] };

/** A setting with a default always has a value, one without may be missing: the type of the environment follows. */
export const required = <Value>(
  setting: Omit<Setting<Value>, 'fallback'> & { readonly fallback: string },
): Setting<Value> & { readonly fallback: string } => setting;
export const optional = <Value>(
  setting: Omit<Setting<Value>, 'fallback'>,
): Setting<Value> & { readonly fallback: null } => ({ ...setting, fallback: null });

type ValueOf<S> = S extends Setting<infer Value> & { readonly fallback: infer Fallback }
  ? Value | (Fallback extends null ? null : never)
  : never;
export type ValuesOf<Settings> = { readonly [Name in keyof Settings]: ValueOf<Settings[Name]> };
