import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Express, Request } from 'express';
import { stringify } from 'yaml';
import { release } from './common/release';
import { addExampleBodies, operationsOf, withoutExampleParameters } from './openapi-examples';

const description = `A configuration service: every change is checked against a JSON Schema, versioned, and on record.

**First steps, on this page**

1. Open \`POST /v1/auth/login\` below, put in the password and press *Execute*. The first start of the node made the user
   \`admin@example.com\` and wrote the password to the file \`admin-password\` in its data directory (\`DATA_DIR\`, by default
   \`./data\`). Copy the \`accessToken\` from the answer.
2. Press **Authorize**, paste it under *bearer*, press *Authorize* and *Close*. It is good for 15 minutes.
3. Create a project (\`POST /v1/projects\`) and a schema (\`POST /v1/schemas\`). With their ids, create a config
   (\`POST /v1/projects/{projectId}/configs\`). Read it like a service with the \`apiKey\` of the project
   (\`GET /v1/read/{apiKey}/{key}\`).

Every error is a problem of RFC 9457; its \`type\` leads to a page that says what to do ([all of them](/problems)).`;

/** In the order in which a newcomer needs them. */
const tags: Readonly<Record<string, string>> = {
  Authentication: 'Log in, stay logged in, log out.',
  Users: 'People who use this API.',
  Projects: 'Sets of configs with an API key and roles of their own.',
  Roles: 'What a user may do in a project.',
  Schemas: 'JSON Schemas that configs are checked against.',
  Configs: 'The configs themselves: validated, versioned, comparable, reversible.',
  Read: 'The public read API for services: an API key is the credential.',
  Cluster: 'The nodes behind this API, and who of them leads.',
  Audit: 'Every command that was applied, chained by hash.',
  Operations: 'Probes, metrics and the catalogue of problems.',
};

/** Path parameters mean the same everywhere, so they are described once. */
const pathParameters: Readonly<Record<string, { description: string; example: string | number }>> = {
  apiKey: { description: "A project's API key.", example: 'cfg_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' },
  apiKeyOrKey: { description: 'With the header X-API-Key a config key, without it an API key.', example: 'app' },
  code: { description: 'The `code` of a problem.', example: 'version-conflict' },
  key: { description: 'The key of a config: letters, digits, dots, dashes and underscores.', example: 'app' },
  nodeId: { description: 'NODE_ID of a member.', example: 'node-2' },
  projectId: { description: 'Id of a project.', example: 'a63db2fc-a0cd-45d7-83c0-4a13991cab88' },
  schemaId: { description: 'Id of a schema.', example: 'd797546d-bd75-40f5-99bc-cff2e3fde7ee' },
  userId: { description: 'Id of a user.', example: '45bd13d1-fafc-4307-a6e7-b8841f0b57fd' },
  version: { description: 'A version, from 1.', example: 1 },
};

function describeParameters(document: OpenAPIObject): void {
  for (const { parameters = [] } of operationsOf(document)) {
    for (const parameter of parameters) {
      if (!('in' in parameter) || parameter.in !== 'path') continue;
      const described = pathParameters[parameter.name];
      if (described)
        Object.assign(parameter, {
          ...described,
          ...(parameter.description && { description: parameter.description }),
        });
    }
  }
}

/** The document is made from the code; `openapi/openapi.yaml` is its committed copy. */
export function openApiDocument(app: NestExpressApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Config Guardian')
    .setDescription(description)
    .setVersion(release)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setContact('Config Guardian maintainers', 'https://config-guardian.example', 'maintainers@config-guardian.example')
    .addServer('/')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'The accessToken of POST /v1/auth/login.',
    })
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'X-API-Key', description: "A project's API key, for the read API." },
      'apiKey',
    );
  for (const [name, description] of Object.entries(tags).sort()) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), { autoTagControllers: false });
  describeParameters(document);
  addExampleBodies(document);
  return document;
}

export const openApiYaml = (document: OpenAPIObject): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });

/** Swagger UI at /docs, to which / leads; the document at /openapi.json and /openapi.yaml. */
export function serveOpenApi(app: NestExpressApplication): void {
  let document: OpenAPIObject | undefined;
  const lazily = (): OpenAPIObject => (document ??= openApiDocument(app));
  const isForUi = (path: string): boolean => path.endsWith('/swagger-ui-init.js');
  SwaggerModule.setup('docs', app, lazily, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Config Guardian API',
    customCss: '.swagger-ui .topbar { display: none }',
    patchDocumentOnRequest: <Incoming, Outgoing>(request: Incoming, _response: Outgoing, whole: OpenAPIObject) =>
      isForUi((request as Request).path) ? withoutExampleParameters(whole) : whole,
    swaggerOptions: {
      // It would lie in localStorage.
      persistAuthorization: false,
      displayRequestDuration: true,
      tryItOutEnabled: true,
      docExpansion: 'list',
      defaultModelsExpandDepth: 0,
      tagsSorter: inOrderOf(Object.keys(tags)),
    },
  });
  const http = app.getHttpAdapter().getInstance() as Express;
  http.get('/', (_request, response) => response.redirect('/docs'));
}

/** The document has its tags in alphabetical order, as linters want; the UI shows them in this one. It runs in the browser, so it is made of its own text. */
function inOrderOf(names: readonly string[]): unknown {
  return new Function('a', 'b', `const names = ${JSON.stringify(names)}; return names.indexOf(a) - names.indexOf(b);`);
}
