import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { context, ignored } from './context';
import type { Stage, Step } from './dockerfile';
import { root } from './dockerfile';

/** What changes no file. */
const told: ReadonlySet<string> = new Set([
  'ARG',
  'CMD',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
]);

/** Performs the steps of each stage in a folder of its own, which stands for the root of its file system. */
export class ImageBuild {
  readonly commands: string[] = [];
  readonly #contextFolder: string;

  constructor(private readonly folder: string) {
    this.#contextFolder = join(folder, 'context');
    for (const path of context()) {
      mkdirSync(dirname(join(this.#contextFolder, path)), { recursive: true });
      if (existsSync(join(root, path))) cpSync(join(root, path), join(this.#contextFolder, path));
    }
    if (ignored[0] !== '*') throw new Error('.dockerignore is to begin with nothing and name what is sent');
  }

  rootOf(stage: string): string {
    return join(this.folder, 'stages', stage);
  }

  perform(stage: Stage): void {
    let workdir = '/';
    for (const step of stage.steps) {
      if (step.keyword === 'WORKDIR') {
        workdir = step.words[0] ?? workdir;
        mkdirSync(this.rootOf(stage.name) + workdir, { recursive: true });
      } else if (step.keyword === 'COPY') this.#copy(stage, step, workdir);
      else if (step.keyword === 'RUN') this.#run(stage, step, workdir);
      else if (!told.has(step.keyword)) throw new Error(`the test does not know how to perform ${step.keyword}`);
    }
  }

  #copy(stage: Stage, { words, flags }: Step, workdir: string): void {
    const from = flags['from'] === undefined ? this.#contextFolder : this.rootOf(flags['from']);
    const target = words.at(-1) ?? '';
    const to = this.rootOf(stage.name) + (target.startsWith('/') ? target : join('/', workdir, target));
    for (const source of words.slice(0, -1)) {
      const path = join(from, source);
      const intoFolder = statSync(path).isFile() && target.endsWith('/');
      cpSync(path, intoFolder ? join(to, basename(path)) : to, { recursive: true, verbatimSymlinks: true });
    }
  }

  #run(stage: Stage, { text }: Step, workdir: string): void {
    this.commands.push(text);
    const { PATH, HOME, npm_config_cache: cache } = process.env;
    execFileSync('sh', ['-c', this.#here(stage, text)], {
      cwd: this.rootOf(stage.name) + workdir,
      env: { PATH, HOME, ...(cache !== undefined && { npm_config_cache: cache }), npm_config_prefer_offline: 'true' },
      stdio: 'pipe',
    });
  }

  /** Absolute paths of the image lie below its folder; who is not root can give nothing to another user. */
  #here(stage: Stage, text: string): string {
    const placed = text.replaceAll(/(?<=^|[\s=])\/(?=app\b|data\b)/g, `${this.rootOf(stage.name)}/`);
    const own = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
    return own[0] === 0 ? placed : placed.replaceAll('-o 1000 -g 1000', `-o ${own[0]} -g ${own[1]}`);
  }
}
