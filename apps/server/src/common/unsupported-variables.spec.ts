import { parseEnvironment, settings } from './env';
import type { Setting } from './setting';
import { unsupportedVariables } from './unsupported-variables';

describe('a variable that this version does not support', () => {
  it.each(unsupportedVariables)('%s: is refused by name, without its value', (name) => {
    const refusal = `${name}: got a value; it takes none, because it is not supported by this version`;
    expect(() => parseEnvironment({ [name]: 'some-secret' })).toThrow(refusal);
    expect(() => parseEnvironment({ [`${name}_FILE`]: '/run/secrets/it' })).toThrow(/is not supported/);
  });

  it('counts as left out when it is empty', () => {
    expect(() => parseEnvironment({ REQUIRE_HTTPS: '', TLS_KEY_FILE: '' })).not.toThrow();
  });

  it('is none of those that are read: whoever adds a setting takes it off the list', () => {
    const read = new Set(Object.values<Setting<unknown>>(settings).map(({ name }) => name));
    expect(unsupportedVariables.filter((name) => read.has(name))).toEqual([]);
  });
});
