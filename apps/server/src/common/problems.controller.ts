import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiProperty, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Problems } from './http/api-docs';
import { Public } from './http/public.decorator';
import { problemCodes } from './problems';
import { cataloguePage, isProblemCode, problemPage, problemType } from './problems.view';
import { reject } from './rejected';

export class ProblemTypeDto {
  @ApiProperty({ format: 'uri-reference', example: '/problems/config-not-found' })
  readonly type: string;

  @ApiProperty({ example: 'config-not-found' })
  readonly code: string;

  @ApiProperty({ type: 'integer', example: 404 })
  readonly status: number;

  @ApiProperty({ example: 'There is no such config' })
  readonly title: string;

  @ApiProperty({ description: 'When it happens and what to do.' })
  readonly explanation: string;
}

export class ProblemCatalogueDto {
  @ApiProperty({ type: [ProblemTypeDto] })
  readonly items: ProblemTypeDto[];
}

const Represented = (type: typeof ProblemTypeDto | typeof ProblemCatalogueDto) =>
  ApiResponse({
    status: 200,
    description: 'OK',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(type) } },
      'text/html': { schema: { type: 'string' } },
    },
  });

/** Where the `type` of every problem document leads: a page for people, JSON for programs. */
@ApiTags('Operations')
@ApiExtraModels(ProblemTypeDto, ProblemCatalogueDto)
@Public()
@Controller('problems')
export class ProblemsController {
  @Get()
  @ApiOperation({
    operationId: 'listProblems',
    summary: 'All problems',
    description: 'JSON, or a page for browsers, by the Accept header.',
  })
  @Represented(ProblemCatalogueDto)
  @Problems('internal-error')
  list(@Req() request: Request, @Res() response: Response) {
    answer(response, request.accepts(['json', 'html']) === 'html', cataloguePage, () => ({
      items: problemCodes.map(problemType),
    }));
  }

  @Get(':code')
  @ApiOperation({
    operationId: 'getProblem',
    summary: 'One problem',
    description: 'A page for people, or JSON where the Accept header prefers it.',
  })
  @Represented(ProblemTypeDto)
  @Problems('problem-not-found', 'internal-error')
  get(@Param('code') code: string, @Req() request: Request, @Res() response: Response) {
    if (!isProblemCode(code)) reject('problem-not-found');
    answer(
      response,
      request.accepts(['html', 'json']) !== 'json',
      () => problemPage(code),
      () => problemType(code),
    );
  }
}

function answer(response: Response, asPage: boolean, page: () => string, document: () => object): void {
  response.vary('Accept').setHeader('Cache-Control', 'public, max-age=3600');
  if (asPage) response.type('html').send(page());
  else response.json(document());
}
