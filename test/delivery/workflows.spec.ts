import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Job {
  /** Another workflow of this repository, in place of steps. */
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly environment?: string;
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const directory = join('.github', 'workflows');
const files = readdirSync(directory).map((name) => join(directory, name));
const workflow = (file: string): Workflow => parse(readFileSync(file, 'utf8')) as Workflow;
const jobsOf = (file: string): readonly (readonly [string, Job])[] => Object.entries(workflow(file).jobs);
const release = () => workflow(join(directory, 'release.yml')).jobs as Readonly<Record<string, Job>>;

const lint = (path: string) =>
  spawnSync(join('node_modules', '.bin', 'action-validator'), [path], { encoding: 'utf8' });

describe.each(files)('%s', (file) => {
  it('is a workflow as GitHub knows them', () => {
    const { status, stdout } = lint(file);
    expect([status, stdout]).toEqual([0, '']);
  });

  it('may read, and each job may write no more than it says', () => {
    expect(workflow(file).permissions).toEqual({ contents: 'read' });
  });

  it('ends in bounded time, with actions of a stated version', () => {
    for (const [name, { steps, uses: called, ...job }] of jobsOf(file)) {
      if (called !== undefined) {
        expect([called, existsSync(called)]).toEqual([called, true]);
        continue;
      }
      expect([name, job['timeout-minutes']]).toEqual([name, expect.any(Number)]);
      for (const { uses } of steps ?? []) expect(uses ?? 'x/y@v0').toMatch(/^[\w.-]+\/[\w./-]+@v\d+/);
    }
  });

  it('runs only what is there', () => {
    const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }).scripts;
    for (const [, { steps }] of jobsOf(file))
      for (const { run = '' } of steps ?? []) {
        for (const [, script = ''] of run.matchAll(/npm run (?:--silent )?([\w:]+)/g))
          expect(scripts).toHaveProperty([script]);
        for (const [path] of run.matchAll(/\.(?:ci|github)\/[\w./-]+/g)) {
          expect([path, existsSync(path)]).toEqual([path, true]);
          expect(statSync(path).mode & 0o111).not.toBe(0);
        }
      }
  });
});

describe('a release', () => {
  it('is an image with its parts and its origin, made of a version that somebody merged', () => {
    const { image } = release();
    expect(image).toMatchObject({ needs: 'version', if: "needs.version.outputs.released == 'true'" });
    const push = image?.steps?.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(push).toMatchObject({ with: { push: true, sbom: true, provenance: 'mode=max' } });
  });

  it('is made of nothing that has not passed the tests of a pull request', () => {
    const { test, version } = release();
    expect([test?.uses, version?.needs]).toEqual(['./.github/workflows/ci.yml', 'test']);
    const { on } = parse(readFileSync(join(directory, 'ci.yml'), 'utf8')) as { on: Readonly<Record<string, unknown>> };
    expect(Object.keys(on)).toEqual(['pull_request', 'workflow_call']);
  });

  it('is not deployed to production when nobody has to approve it', () => {
    const [first] = release()['production']?.steps?.filter(({ run }) => run !== undefined) ?? [];
    expect(first?.run).toMatch(/environments\/production.*\n(?:.*\n)*.*== \*required_reviewers\*/);
  });

  it('comes to production behind staging, each an environment whose rules say who approves', () => {
    const { staging, production } = release();
    expect(staging).toMatchObject({ environment: 'staging', needs: expect.arrayContaining(['image']) as unknown });
    expect(production).toMatchObject({
      environment: 'production',
      needs: expect.arrayContaining(['staging']) as unknown,
    });
    for (const environment of ['staging', 'production'])
      expect(existsSync(join('helm', 'config-guardian', 'ci', `${environment}.yaml`))).toBe(true);
  });

  it('has one version, in the package, in the chart and for the tool that counts it', () => {
    const version = (file: string, name: string): unknown =>
      (parse(readFileSync(file, 'utf8')) as Readonly<Record<string, unknown>>)[name];
    const released = version('package.json', 'version');
    expect(version(join('.github', 'release-please-manifest.json'), '.')).toBe(released);
    expect(version(join('helm', 'config-guardian', 'Chart.yaml'), 'version')).toBe(released);
    expect(version(join('helm', 'config-guardian', 'Chart.yaml'), 'appVersion')).toBe(released);
  });
});
