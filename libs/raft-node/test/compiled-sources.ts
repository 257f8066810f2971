import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFileSync } from '@swc/core';

const LIBRARIES = join(__dirname, '..', '..');

/** The library as the build makes it: a worker thread and a child process cannot go through the test runner's transform. */
export function compileSources(target: string): string {
  for (const library of ['raft', 'raft-node']) compile(join(LIBRARIES, library, 'src'), join(target, library, 'src'));
  return join(target, 'raft-node', 'src', 'index.js');
}

function compile(sources: string, target: string): void {
  for (const name of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.endsWith('.spec.ts')) continue;
    const { code } = transformFileSync(join(sources, name), {
      module: { type: 'commonjs' },
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    });
    const out = join(target, name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, code);
  }
}
