import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isRoot } from '../support/postgres-directory';
import { itUnless, withoutMounts, withoutRoot, withoutTools } from '../support/lacking';
import { freePort } from '../support/node-process';
import { ImageBuild } from './build';
import { context, isSent } from './context';
import { command, environment, only, root, stages } from './dockerfile';

const minutes = 60_000;
const all = stages();
const final = all.at(-1)!;
const [uid = '', gid = ''] = only(final, 'USER').text.split(':');
const sandboxed = withoutRoot ?? withoutTools('unshare', 'setpriv', 'mount') ?? withoutMounts();

/** The image's tree and the whole of / read-only, the volume not, and the process of the image's user. */
const sandbox = `set -e
mount --make-rprivate /
mount --bind "$TREE" "$TREE"; mount -o remount,ro,bind "$TREE"
mount --bind "$VOLUME" "$TREE/data"
mount -o remount,ro,bind /
exec setpriv --reuid="$IMAGE_UID" --regid="$IMAGE_GID" --clear-groups "$@"`;

describe('the Dockerfile', () => {
  it('starts from one image of Node 24, slim, that a release can pin', () => {
    const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
    expect(text).toMatch(/^ARG NODE_IMAGE=node:24-\w+-slim(@sha256:[0-9a-f]{64})?$/m);
    expect(new Set(all.map(({ image }) => image))).toEqual(new Set(['${NODE_IMAGE}']));
  });

  it('ends with a user that is not root, known by its number', () => {
    expect(Number(uid)).toBeGreaterThan(0);
    expect(Number(gid)).toBeGreaterThan(0);
  });

  it('is given no secret, no data, no test and no history', () => {
    const sent = context();
    expect(sent).toContain('apps/server/src/main.ts');
    expect(sent.filter((path) => /^(\.git|\.env|data|test|docs|helm)|\.spec\.ts$/.test(path))).toEqual([]);
    const denied = [
      '.env',
      '.env.production',
      'data/admin-password',
      'node_modules/pg/index.js',
      'scripts/cluster.mjs',
    ];
    expect(
      denied.filter((path) => isSent(path, readFileSync(join(root, '.dockerignore'), 'utf8').split('\n'))),
    ).toEqual([]);
  });
});

describe('what the Dockerfile does, in a clean folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'config-guardian-image-'));
  const volume = mkdtempSync(join(tmpdir(), 'config-guardian-volume-'));
  const build = new ImageBuild(folder);
  const tree = build.rootOf(final.name);
  const app = join(tree, 'app');
  let node: ChildProcess | undefined;
  let output = '';

  beforeAll(() => {
    chmodSync(folder, 0o755);
    for (const stage of all) build.perform(stage);
    if (isRoot) execFileSync('chown', ['-R', `${uid}:${gid}`, volume]);
    else execFileSync('chmod', ['-R', 'a-w', app]);
  }, 8 * minutes);

  afterAll(() => {
    if (!isRoot) execFileSync('chmod', ['-R', 'u+w', app]);
    for (const each of [folder, volume]) rmSync(each, { recursive: true, force: true });
  });

  afterEach(async () => {
    if (node?.exitCode === null && node.signalCode === null) {
      node.kill('SIGKILL');
      await once(node, 'exit');
    }
  });

  const variables = (port: number) => ({
    ...environment(final),
    PATH: process.env['PATH'],
    PORT: String(port),
    DATA_DIR: sandboxed === undefined ? join(tree, environment(final)['DATA_DIR'] ?? '') : volume,
  });
  const inSandbox = (words: readonly string[]): readonly [string, string[]] =>
    sandboxed === undefined
      ? ['unshare', ['--mount', 'sh', '-c', sandbox, 'sh', ...words]]
      : [words[0] ?? '', words.slice(1)];
  const forSandbox = { TREE: tree, VOLUME: volume, IMAGE_UID: uid, IMAGE_GID: gid };
  const here = (words: readonly string[]) => words.map((word) => (word === 'node' ? process.execPath : word));

  async function started(env: Readonly<Record<string, string | undefined>>): Promise<ChildProcess> {
    const [program, args] = inSandbox(here(command(only(final, 'CMD'))));
    output = '';
    node = spawn(program, args, { cwd: app, env: { ...env, ...forSandbox }, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [node.stdout, node.stderr]) stream?.on('data', (bytes) => (output += String(bytes)));
    for (let tries = 0; tries < 600 && node.exitCode === null; tries++) {
      if ((await fetch(`http://127.0.0.1:${env['PORT']}/ready`).catch(() => undefined))?.ok) return node;
      await wait(100);
    }
    throw new Error(`the node of the image did not become ready:\n${output}`);
  }

  const probe = (env: Readonly<Record<string, string | undefined>>, ...path: readonly string[]) => {
    const words = here(command(only(final, 'HEALTHCHECK')));
    return spawnSync(words[0] ?? '', [...words.slice(1, path.length > 0 ? -1 : undefined), ...path], {
      cwd: app,
      env,
      encoding: 'utf8',
    });
  };

  it('performs its commands, and leaves out what only development needs', () => {
    expect(build.commands).toEqual(
      expect.arrayContaining([expect.stringContaining('npm ci --omit=dev'), 'npm run build']),
    );
    expect(existsSync(join(app, 'node_modules', 'pg'))).toBe(true);
    const development = Object.keys(
      JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies as object,
    );
    expect(
      ['jest', 'prettier', '@nestjs/cli', 'eslint'].filter((name) => existsSync(join(app, 'node_modules', name))),
    ).toEqual([]);
    expect(development).toContain('jest');
    expect(readdirSync(app).sort()).toEqual(['LICENSE', 'NOTICE', 'dist', 'node_modules', 'package.json', 'scripts']);
  });

  it('serves from that tree, with the PostgreSQL inside, is found healthy, and ends in order', async () => {
    const env = variables(await freePort());
    const container = await started(env);
    expect(probe(env)).toMatchObject({ status: 0, stdout: '200 {"status":"ok"}\n' });
    expect(probe(env, '/ready').stdout).toMatch(/^200 .*PostgreSQL answers/);
    expect(probe(env, '/nowhere').status).toBe(1);
    container.kill('SIGTERM');
    expect(await once(container, 'exit')).toEqual([0, null]);
    expect(probe(env)).toMatchObject({ status: 1, stdout: expect.stringContaining('no answer') as string });
  });

  itUnless(sandboxed, 'lets the node write nothing but its volume', () => {
    const env = { ...process.env, ...forSandbox };
    const script = `id -u; touch ${app}/x; touch ${app}/node_modules/x; touch /tmp/x-of-the-image; touch ${tree}/data/x && echo written`;
    const [program, args] = inSandbox(['sh', '-c', script]);
    const { stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' });
    expect(stdout).toBe(`${uid}\nwritten\n`);
    expect(stderr.match(/Read-only file system/g)).toHaveLength(3);
  });
});
