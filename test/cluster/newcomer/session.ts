import { readFileSync } from 'node:fs';
import { sessionOf } from '../../support/documented-session';
import { commandsIn, instead } from './guide';
import type { NewcomerCluster } from './newcomer-cluster';
import { root } from './machine';

const backups = 'docs/backup-and-recovery.md';
const cluster = 'docs/cluster.md';

/** What the newcomer types, in the order of the documents. */
export class Session {
  constructor(private readonly servers: NewcomerCluster) {}

  type(commands: string): Promise<string> {
    return this.servers.shell.run(commands);
  }

  makeSecrets(): Promise<string> {
    return this.type(commandsIn('docs/installation.md', 'mkdir config-guardian-secrets'));
  }

  async logIn(): Promise<void> {
    await this.type(commandsIn('docs/installation.md', 'log_in() {'));
    await this.type(commandsIn(cluster, 'members() {'));
    this.knowToken();
  }

  knowToken(): void {
    this.servers.shown.know(this.servers.secret('token').replace('Authorization: Bearer ', ''));
  }

  /** README's first session from its project on, at server 1. */
  async firstSession(): Promise<void> {
    const beginnings = ['CREATED=', 'PROJECT=', 'SCHEMA=', 'api /v1/projects/$PROJECT/configs -d \'{"key": "checkout"'];
    for (const beginning of beginnings) {
      const step = sessionOf(readFileSync('README.md', 'utf8')).find(({ commands }) => commands.startsWith(beginning));
      if (!step) throw new Error(`README has no step that begins with ${beginning}`);
      await this.type(step.commands.replaceAll('api /v1', 'api 1/v1'));
      if (beginning === 'PROJECT=') this.servers.shown.know(await this.type('echo $API_KEY'));
    }
  }

  read(): Promise<string> {
    return this.type(commandsIn('docs/installation.md', 'api-key'));
  }

  /** The config at server n; a change where a port is given. */
  async port(n: number, changed?: number): Promise<number> {
    const path = `${n}/v1/projects/$PROJECT/configs/checkout`;
    if (changed !== undefined)
      await this.type(
        `api ${path} --fail-with-body -X PUT -d '{"expectedVersion": '$(api ${path} | json version)', "content": {"port": ${changed}}}'`,
      );
    const { content } = JSON.parse(await this.type(`api ${path}`)) as { content: { port: number } };
    return content.port;
  }

  /** Every revision of the config, as server n has it. */
  async history(n: number): Promise<unknown> {
    return JSON.parse(await this.type(`api ${n}/v1/projects/$PROJECT/configs/checkout/revisions`));
  }

  members(n: number): Promise<string> {
    return this.type(instead(commandsIn(cluster, 'api 1/v1/cluster | members'), { 'api 1/': `api ${n}/` }));
  }

  async member(n: number, id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { members } = JSON.parse(await this.type(`api ${n}/v1/cluster`)) as { members: Record<string, unknown>[] };
    return members.find((member) => member['id'] === id);
  }

  remove(id: string): Promise<string> {
    return this.type(instead(commandsIn(cluster, 'cluster/members/node-4 -X DELETE'), { 'node-4': id }));
  }

  /** What /metrics of server n has of this; nothing when it does not answer. */
  async metric(n: number, name: string): Promise<readonly string[]> {
    const metrics = await this.type(`curl -s --cacert api-ca.crt https://10.0.0.${n}:8443/metrics || true`);
    return metrics.split('\n').filter((line) => line.startsWith(name));
  }

  /** In the folder of the secrets, for servers that come later. */
  async keep(name: string, secret: string): Promise<void> {
    await this.type(`cat > ${name} <<'END'\n${secret}\nEND`);
  }

  changePassword(): Promise<string> {
    return this.type(commandsIn('docs/security/rotation.md', 'admin-password.new'));
  }

  async changeApiKey(): Promise<void> {
    await this.type(commandsIn('docs/security/rotation.md', 'api-key/regenerate'));
    this.servers.shown.know(await this.type('echo $API_KEY'));
  }

  newAuthorities(): Promise<string> {
    return this.type(commandsIn('docs/security/rotation.md', 'authority api && authority peer'));
  }

  /** Answers the state hash that it prints. */
  async backUp(): Promise<string> {
    return hashIn(await this.type(commandsIn(backups, 'NODE_EXTRA_CA_CERTS=')));
  }

  /** Into server n, which is installed and has never run. */
  async restore(n: number): Promise<string> {
    const server = await this.servers.server(n, 'MEMBERS=\n');
    const folder = `${server.files}/root`;
    await root(`umask 077; cp ${this.servers.machine.home}/config-guardian-secrets/backup.gz ${folder}`);
    const printed = await server.run(commandsIn(backups, 'runuser -u config-guardian'));
    await server.start();
    return hashIn(printed);
  }
}

function hashIn(printed: string): string {
  const [, hash] = /state hash {2}([0-9a-f]{64})/.exec(printed) ?? [];
  if (hash === undefined) throw new Error(`no state hash in\n${printed}`);
  return hash;
}
