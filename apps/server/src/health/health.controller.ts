import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Public } from '../consensus/access.decorators';
import { LiveDto, ReadinessDto } from './health.dto';
import { HealthService } from './health.service';

const uncached = { 'Cache-Control': 'no-store' };

@ApiTags('Operations')
@Public()
@Controller()
export class HealthController {
  constructor(private readonly health: HealthService) {}

  @Get('health')
  @ApiOperation({
    operationId: 'getHealth',
    summary: 'Whether the process lives',
    description: 'Looks at nothing but itself: a node without a database or a leader lives and need not be restarted.',
  })
  @ApiResponse({ status: 200, type: LiveDto, description: 'It answers.' })
  live(@Res() response: Response) {
    response.set(uncached).json({ status: 'ok' } satisfies LiveDto);
  }

  @Get('ready')
  @ApiOperation({
    operationId: 'getReadiness',
    summary: 'Whether the node should get traffic',
    description: 'Its database answers, a leader is known, and it has applied what was committed when it started.',
  })
  @ApiResponse({ status: 200, type: ReadinessDto, description: 'Ready.' })
  @ApiResponse({ status: 503, type: ReadinessDto, description: 'Not ready; the checks say why.' })
  async ready(@Res() response: Response) {
    const readiness = await this.health.readiness();
    response
      .set(uncached)
      .status(readiness.status === 'ok' ? 200 : 503)
      .json(readiness);
  }
}
