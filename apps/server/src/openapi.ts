import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { stringify } from 'yaml';

const tags: Readonly<Record<string, string>> = {
  Authentication: 'Log in, stay logged in, log out.',
  Users: 'People who use this API.',
  Projects: 'Sets of configs with an API key and roles of their own.',
  Roles: 'What a user may do in a project.',
  Schemas: 'JSON Schemas that configs are checked against.',
  Configs: 'The configs themselves: validated, versioned, comparable, reversible.',
  Read: 'The public read API for services: an API key is the credential.',
  Audit: 'Every command that was applied, chained by hash.',
  Operations: 'Probes, metrics and the catalogue of problems.',
};

/** Path parameters mean the same everywhere, so they are described once. */
const pathParameters: Readonly<Record<string, { description: string; example: string | number }>> = {
  apiKey: { description: "A project's API key.", example: 'cfg_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG' },
  apiKeyOrKey: { description: 'With the header X-API-Key a config key, without it an API key.', example: 'app' },
  code: { description: 'The `code` of a problem.', example: 'version-conflict' },
  key: { description: 'The key of a config: letters, digits, dots, dashes and underscores.', example: 'app' },
  projectId: { description: 'Id of a project.', example: 'a63db2fc-a0cd-45d7-83c0-4a13991cab88' },
  schemaId: { description: 'Id of a schema.', example: 'd797546d-bd75-40f5-99bc-cff2e3fde7ee' },
  userId: { description: 'Id of a user.', example: '45bd13d1-fafc-4307-a6e7-b8841f0b57fd' },
  version: { description: 'A version, from 1.', example: 1 },
};

function describeParameters(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.post, path.put, path.patch, path.delete]) {
      for (const parameter of operation?.parameters ?? []) {
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
  return document;
}

/** The document is made from the code; `openapi/openapi.yaml` is its committed copy. */
export function openApiDocument(app: NestExpressApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Config Guardian')
    .setDescription(
      'A distributed configuration service: every change is validated, versioned, explained and agreed by a majority before anyone sees it.',
    )
    .setVersion('1.0.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setContact(
      'Config Guardian maintainers',
      'https://github.com/config-guardian/config-guardian',
      'maintainers@config-guardian.example',
    )
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
  return describeParameters(SwaggerModule.createDocument(app, builder.build(), { autoTagControllers: false }));
}

export const openApiYaml = (document: OpenAPIObject): string =>
  stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });

/** Swagger UI at /docs, the document at /openapi.json and /openapi.yaml. */
export function serveOpenApi(app: NestExpressApplication): void {
  let document: OpenAPIObject | undefined;
  const lazily = (): OpenAPIObject => (document ??= openApiDocument(app));
  SwaggerModule.setup('docs', app, lazily, {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Config Guardian API',
    swaggerOptions: {
      persistAuthorization: true,
      displayRequestDuration: true,
      tryItOutEnabled: true,
      docExpansion: 'list',
    },
  });
}
