import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Created, Tagged } from '../common/http/answer.interceptor';
import { PageOf, Reads, Writes } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { PageQuery, SearchQuery } from '../common/http/page';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Requires } from '../consensus/access.decorators';
import { anyUser } from '../users/users.permissions';
import { createSchema } from './commands/create-schema.command';
import { WholeNumberPipe } from './whole-number.pipe';
import { ContentDto, CreateSchemaDto, SchemaDto, SchemaVersionDto, VerdictDto } from './schemas.dto';
import { bodyProblems } from './body-problems';
import { SchemasService } from './schemas.service';

@ApiTags('Schemas')
@ApiBearerAuth()
@Controller('v1/schemas')
export class SchemasController {
  constructor(private readonly schemas: SchemasService) {}

  @Get()
  @Requires(anyUser)
  @ApiOperation({
    operationId: 'listSchemas',
    summary: 'List schemas',
    description: '`q` searches name, description and `$id`. Any user.',
  })
  @Reads(PageOf(SchemaDto), { list: true })
  list(@Query() query: SearchQuery) {
    return this.schemas.list(query);
  }

  @Post()
  @Executes(createSchema)
  @Created((schema: SchemaDto) => `/v1/schemas/${schema.id}`)
  @ApiOperation({
    operationId: 'createSchema',
    summary: 'Create a schema',
    description:
      'The schema is compiled and its references are resolved before it is stored; a `$ref` that leads nowhere is refused. System administrators only.',
  })
  @Writes(SchemaDto, { status: 201, problems: ['name-taken', 'schema-id-taken', 'schema-invalid'] })
  create(@Body() dto: CreateSchemaDto, @Ctx() context: RequestContext) {
    return this.schemas.create(dto, context);
  }

  @Get(':schemaId')
  @Requires(anyUser)
  @Tagged()
  @ApiOperation({ operationId: 'getSchema', summary: 'Get a schema', description: 'Any user.' })
  @Reads(SchemaDto, { tagged: true, problems: ['schema-not-found'] })
  get(@Param('schemaId') schemaId: string) {
    return this.schemas.get(schemaId);
  }

  @Get(':schemaId/versions')
  @Requires(anyUser)
  @ApiOperation({
    operationId: 'listSchemaVersions',
    summary: 'List the versions of a schema',
    description: 'Newest first. Any user.',
  })
  @Reads(PageOf(SchemaVersionDto), { list: true, problems: ['schema-not-found'] })
  versions(@Param('schemaId') schemaId: string, @Query() query: PageQuery, @Ctx() context: RequestContext) {
    return this.schemas.versions(schemaId, query, context);
  }

  @Get(':schemaId/versions/:version')
  @Requires(anyUser)
  @ApiOperation({ operationId: 'getSchemaVersion', summary: 'Get one version of a schema', description: 'Any user.' })
  @Reads(SchemaVersionDto, { problems: ['schema-not-found', 'schema-version-not-found'] })
  version(
    @Param('schemaId') schemaId: string,
    @Param('version', WholeNumberPipe) version: number,
    @Ctx() context: RequestContext,
  ) {
    return this.schemas.version(schemaId, version, context);
  }

  @Post(':schemaId/validate')
  @HttpCode(200)
  @Requires(anyUser)
  @ApiOperation({
    operationId: 'validateWithSchema',
    summary: 'Check a value against a schema',
    description: 'Writes nothing. Any user.',
  })
  @Reads(VerdictDto, { problems: [...bodyProblems, 'schema-not-found', 'validation-cut-off'] })
  validate(@Param('schemaId') schemaId: string, @Body() dto: ContentDto) {
    return this.schemas.validate(schemaId, dto.content);
  }
}
