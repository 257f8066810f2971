import { Body, Controller, Delete, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Tagged } from '../common/http/answer.interceptor';
import { Reads, Writes } from '../common/http/api-docs';
import { Ctx } from '../common/http/ctx.decorator';
import { OptionalBody } from '../common/http/optional-body';
import type { RequestContext } from '../common/http/request-context';
import { Executes, Requires } from '../consensus/access.decorators';
import { bodyProblems } from '../schemas/body-problems';
import { ExpectedVersionBody, ExpectedVersionQuery } from '../schemas/expected-version';
import type { MaySayVersion } from '../schemas/expected-version';
import { SchemaDto } from '../schemas/schemas.dto';
import { systemAdmin } from '../users/users.permissions';
import { deleteSchema } from './commands/delete-schema.command';
import { updateSchema } from './commands/update-schema.command';
import { ImpactDto, SchemaContentDto, UpdateSchemaDto } from './schema-changes.dto';
import { SchemaChangesService } from './schema-changes.service';

@ApiTags('Schemas')
@ApiBearerAuth()
@Controller('v1/schemas')
export class SchemaChangesController {
  constructor(private readonly changes: SchemaChangesService) {}

  @Put(':schemaId')
  @Executes(updateSchema)
  @Tagged()
  @ApiOperation({
    operationId: 'updateSchema',
    summary: 'Change a schema',
    description:
      'Takes the next version. Needs `expectedVersion` or If-Match. All configs of this schema and of the schemas that refer to it, transitively, are checked first: if one would no longer be valid, nothing changes and `breaks` names it. System administrators only.',
  })
  @Writes(SchemaDto, {
    problems: [
      'schema-not-found',
      'version-required',
      'version-conflict',
      'name-taken',
      'schema-id-taken',
      'schema-in-use',
      'schema-breaks-configs',
      'schema-invalid',
      'validation-cut-off',
    ],
  })
  update(
    @Param('schemaId') schemaId: string,
    @Body() dto: UpdateSchemaDto,
    @Query() query: ExpectedVersionQuery,
    @Ctx() context: RequestContext,
  ) {
    return this.changes.update(schemaId, dto, query, context);
  }

  @Delete(':schemaId')
  @HttpCode(204)
  @Executes(deleteSchema)
  @ApiOperation({
    operationId: 'deleteSchema',
    summary: 'Delete a schema',
    description:
      'Refused while configs use it or other schemas refer to it. `expectedVersion` may also be in a JSON body. System administrators only.',
  })
  @Writes(null, { status: 204, problems: ['schema-not-found', 'version-conflict', 'schema-in-use'] })
  delete(
    @Param('schemaId') schemaId: string,
    @Query() query: ExpectedVersionQuery,
    @OptionalBody(ExpectedVersionBody) body: MaySayVersion,
    @Ctx() context: RequestContext,
  ) {
    return this.changes.delete(schemaId, body, query, context);
  }

  @Post(':schemaId/impact')
  @HttpCode(200)
  @Requires(systemAdmin)
  @ApiOperation({
    operationId: 'assessSchemaImpact',
    summary: 'See what a change of a schema would break',
    description: 'A dry run of the update: writes nothing. System administrators only.',
  })
  @Reads(ImpactDto, {
    problems: [
      ...bodyProblems,
      'forbidden',
      'schema-not-found',
      'schema-id-taken',
      'schema-in-use',
      'schema-invalid',
      'validation-cut-off',
    ],
  })
  impact(@Param('schemaId') schemaId: string, @Body() dto: SchemaContentDto, @Ctx() context: RequestContext) {
    return this.changes.impact(schemaId, dto.content, context);
  }
}
