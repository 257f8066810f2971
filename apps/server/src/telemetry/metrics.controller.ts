import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '../consensus/access.decorators';
import { Metrics } from './metrics';

@ApiTags('Operations')
@Public()
@Controller('metrics')
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @ApiOperation({ operationId: 'getMetrics', summary: 'Metrics', description: 'In the text format of Prometheus.' })
  @ApiResponse({ status: 200, description: 'OK', content: { 'text/plain': { schema: { type: 'string' } } } })
  async text(@Res() response: Response) {
    response
      .set('Cache-Control', 'no-store')
      .type(this.metrics.contentType)
      .send(await this.metrics.text());
  }
}
