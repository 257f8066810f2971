import { mkdirSync, writeFileSync } from 'node:fs';
import { parseEnvironment } from './common/env';
import { createApp } from './create-app';
import { openApiDocument, openApiYaml } from './openapi';

/** `npm run openapi`: writes openapi/openapi.yaml from the code. Nothing is started for it. */
async function main(): Promise<void> {
  const environment = parseEnvironment({ LOG_LEVEL: 'silent' });
  const app = await createApp({
    environment,
    onFatal: (error) => {
      throw error;
    },
  });
  mkdirSync('openapi', { recursive: true });
  writeFileSync('openapi/openapi.yaml', openApiYaml(openApiDocument(app)));
}

void main();
