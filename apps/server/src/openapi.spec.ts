import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenAPIObject } from '@nestjs/swagger';
import { parse } from 'yaml';
import { parseEnvironment } from './common/env';
import { problems } from './common/problems';
import { createApp } from './create-app';
import { openApiDocument, openApiYaml } from './openapi';

const root = join(__dirname, '..', '..', '..');
const committed = readFileSync(join(root, 'openapi', 'openapi.yaml'), 'utf8');

async function generated(): Promise<OpenAPIObject> {
  const environment = parseEnvironment({ LOG_LEVEL: 'silent' });
  const app = await createApp({ environment, onFatal: () => undefined });
  return openApiDocument(app);
}

const operationsOf = (document: OpenAPIObject) =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    (['get', 'post', 'put', 'patch', 'delete'] as const).flatMap((method) => {
      const operation = item[method];
      return operation ? [{ name: `${method.toUpperCase()} ${path}`, path, operation }] : [];
    }),
  );

describe('the OpenAPI document', () => {
  it('is committed as the code makes it (npm run openapi writes it)', async () => {
    expect(openApiYaml(await generated())).toBe(committed);
  });

  it('passes all rules of Spectral for OpenAPI', () => {
    const spectral = join(root, 'node_modules', '@stoplight', 'spectral-cli', 'dist', 'index.js');
    const run = () =>
      execFileSync(process.execPath, [spectral, 'lint', '--fail-severity=warn', 'openapi/openapi.yaml'], {
        cwd: root,
        encoding: 'utf8',
      });
    expect(run()).toContain('No results with a severity of');
  }, 60_000);

  it('documents success, errors and who may call for every operation under /v1', () => {
    for (const { name, path, operation } of operationsOf(parse(committed) as OpenAPIObject)) {
      if (!path.startsWith('/v1/')) continue;
      const statuses = Object.keys(operation.responses);
      expect([name, statuses.some((status) => status.startsWith('2'))]).toEqual([name, true]);
      expect([name, statuses.includes('400') && statuses.includes('500') && statuses.includes('503')]).toEqual([
        name,
        true,
      ]);
      const isOpen =
        ['/v1/auth/login', '/v1/auth/refresh', '/v1/auth/logout', '/v1/watch/{apiKey}'].includes(path) ||
        path.startsWith('/v1/read');
      expect([name, isOpen || (operation.security ?? []).length > 0]).toEqual([name, true]);
    }
  });

  it('offers the parameters of reads to reads only', () => {
    for (const { name, operation } of operationsOf(parse(committed) as OpenAPIObject)) {
      const parameters = (operation.parameters ?? []).flatMap((parameter) =>
        'name' in parameter ? parameter.name : [],
      );
      const isChange = parameters.includes('Idempotency-Key');
      if (isChange)
        expect([name, parameters.filter((each) => /consistency|maxStaleness|minIndex/.test(each))]).toEqual([name, []]);
      else if (name.startsWith('GET /v1/'))
        expect([name, parameters]).toEqual([name, expect.arrayContaining(['consistency', 'maxStaleness', 'minIndex'])]);
    }
  });

  it('names every problem code of the catalogue that a route can answer with', () => {
    const beforeAnyRoute = [
      'malformed-request',
      'headers-too-large',
      'route-not-found',
      'method-not-allowed',
      'https-required',
      'client-certificate-required',
    ];
    const elsewhere = new Set<string>(beforeAnyRoute);
    const missing = Object.keys(problems).filter((code) => !elsewhere.has(code) && !committed.includes(`\`${code}\``));
    expect(missing).toEqual([]);
  });
});
