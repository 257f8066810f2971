/** What systemd makes of a unit and its drop-ins, as far as these use it; it runs no unit where this runs. */
export interface Service {
  readonly account: string;
  /** Made before the start, owned by the account. */
  readonly stateDirectory: { readonly path: string; readonly mode: string };
  readonly workingDirectory: string;
  readonly umask: string;
  readonly environmentFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Copied for the account at each start: name and source. */
  readonly credentials: readonly (readonly [string, string])[];
  readonly credentialsDirectory: string;
  readonly command: string;
}

const credentials = '/run/credentials/config-guardian.service';

/** `place`: where on this machine that is, and who, what the texts name. */
export function serviceOf(texts: readonly string[], place: (text: string) => string): Service {
  const settings = new Map<string, string[]>();
  for (const text of texts)
    for (const [, name = '', value = ''] of text.matchAll(/^(\w+)=(.*)$/gm))
      settings.set(name, [...(settings.get(name) ?? []), value.replaceAll('%d', credentials)]);
  const all = (name: string): readonly string[] => (settings.get(name) ?? []).map(place);
  const one = (name: string): string => {
    const value = all(name).at(-1);
    if (value === undefined) throw new Error(`the unit has no ${name}`);
    return value;
  };
  return {
    ...{ account: one('User'), workingDirectory: one('WorkingDirectory'), command: one('ExecStart') },
    stateDirectory: {
      path: place(`/var/lib/${settings.get('StateDirectory')?.at(-1)}`),
      mode: one('StateDirectoryMode'),
    },
    ...{ umask: one('UMask'), environmentFile: one('EnvironmentFile') },
    environment: variablesIn(all('Environment').flatMap((line) => line.split(' '))),
    credentials: all('LoadCredential').map((value) => value.split(':') as [string, string]),
    credentialsDirectory: place(credentials),
  };
}

/** Lines of NAME=value. */
export function variablesIn(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.filter((line) => /^\w+=/.test(line)).map((line) => line.split(/=(.*)/s, 2) as [string, string]),
  );
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Does, as root, what systemd does to start the service, and becomes it; its process id goes to a file first. */
export function startScript(service: Service, own: Readonly<Record<string, string>>, pidFile: string): string {
  const { account, stateDirectory, credentials, credentialsDirectory: handed } = service;
  const owner = `-o ${account} -g ${account}`;
  const variables = {
    ...{ PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
    ...{ HOME: stateDirectory.path, LOGNAME: account, USER: account, CREDENTIALS_DIRECTORY: handed },
    ...service.environment,
    ...own,
  };
  const given = Object.entries(variables).map(([name, value]) => quoted(`${name}=${value}`));
  return [
    `install -d -m ${stateDirectory.mode} ${owner} ${stateDirectory.path}`,
    `rm -rf ${handed} && install -d -m 0500 ${owner} ${handed}`,
    ...credentials.map(([name, source]) => `install -m 0400 ${owner} ${source} ${handed}/${name}`),
    `echo $$ > ${pidFile}`,
    `cd ${service.workingDirectory} && umask ${service.umask}`,
    `exec setpriv --reuid=${account} --regid=${account} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all env -i ${given.join(' ')} ${service.command}`,
  ].join('\n');
}
