import { WrongSetting } from './setting';

/**
 * Variables that are promised for later and do nothing yet. Refused when set: an operator who asks for HTTPS and is not
 * heard is worse off than one who is told. Whoever builds what one of them asks for takes it off the list.
 */
export const unsupportedVariables: readonly string[] = ['REQUIRE_HTTPS', 'TLS_CERT', 'TLS_KEY'];

/** The value is not repeated: it may be a secret. */
export function refuseUnsupported(variables: Readonly<Record<string, string | undefined>>): void {
  for (const name of unsupportedVariables.flatMap((variable) => [variable, `${variable}_FILE`]))
    if (variables[name]) throw new WrongSetting(name, 'a value', 'none, because it is not supported by this version');
}
