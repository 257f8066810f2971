import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { ContextRequest } from '../../common/http/request-context';
import { Public } from '../../consensus/access.decorators';
import { WatchEndpoint } from './watch-endpoint';
import { WatchRoute } from './watch.docs';
import { WatchQuery } from './watch.dto';

/** Changes as they happen. The API key is the credential, as on the read API. */
@ApiTags('Read')
@Public()
@Controller('v1/watch')
export class WatchController {
  constructor(private readonly endpoint: WatchEndpoint) {}

  @Get()
  @WatchRoute({ operationId: 'watchByHeader', summary: 'Watch configs, the API key in the header', inPath: false })
  byHeader(@Query() query: WatchQuery, @Req() request: ContextRequest, @Res() response: Response) {
    return this.endpoint.open(request, response, query, []);
  }

  @Get(':apiKey')
  @WatchRoute({ operationId: 'watchByPath', summary: 'Watch configs, the API key in the path', inPath: true })
  byPath(
    @Param('apiKey') apiKey: string,
    @Query() query: WatchQuery,
    @Req() request: ContextRequest,
    @Res() response: Response,
  ) {
    return this.endpoint.open(request, response, query, [apiKey]);
  }
}
