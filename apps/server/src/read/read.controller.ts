import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { ReadQuery } from '../common/http/read-query';
import type { ContextRequest } from '../common/http/request-context';
import { Public } from '../consensus/access.decorators';
import { ReadEndpoint } from './read-endpoint';
import { ReadRoute } from './read.docs';
import { ReadConfigQuery } from './read.dto';

const both = 'Sending the header X-API-Key as well is refused.';

/** The public read API: the API key is the credential, in the path or in a header. */
@ApiTags('Read')
@Public()
@Controller('v1/read')
export class ReadController {
  constructor(private readonly endpoint: ReadEndpoint) {}

  @Get()
  @ReadRoute({
    operationId: 'readSnapshot',
    summary: 'Read all configs of a project',
    description: 'One consistent snapshot. The API key is in the header X-API-Key.',
    answers: 'snapshot',
    credential: 'header',
  })
  snapshot(@Query() query: ReadQuery, @Req() request: ContextRequest, @Res() response: Response) {
    return this.endpoint.answer(request, response, query, []);
  }

  @Get(':apiKeyOrKey')
  @ReadRoute({
    operationId: 'readConfigOrSnapshot',
    summary: 'Read one config by header, or all by path',
    description:
      'With the header X-API-Key: the config of this key. Without it: this is the API key, and the answer is one consistent snapshot of all configs. With the header, a part that looks like an API key is refused as a second one; a config whose key looks so is read by `/v1/read/{apiKey}/{key}`.',
    answers: 'either',
    credential: 'either',
  })
  configOrSnapshot(
    @Param('apiKeyOrKey') apiKeyOrKey: string,
    @Query() query: ReadConfigQuery,
    @Req() request: ContextRequest,
    @Res() response: Response,
  ) {
    return this.endpoint.answer(request, response, query, [apiKeyOrKey]);
  }

  @Get(':apiKey/:key')
  @ReadRoute({
    operationId: 'readConfig',
    summary: 'Read one config',
    description: `The API key is in the path; it then shows in the logs of proxies, which the header avoids. ${both}`,
    answers: 'config',
    credential: 'path',
  })
  config(
    @Param('apiKey') apiKey: string,
    @Param('key') key: string,
    @Query() query: ReadConfigQuery,
    @Req() request: ContextRequest,
    @Res() response: Response,
  ) {
    return this.endpoint.answer(request, response, query, [apiKey, key]);
  }
}
