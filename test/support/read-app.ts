import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { PinoLogger } from 'nestjs-pino';
import { ENVIRONMENT } from '../../apps/server/src/common/env';
import { contextMiddleware } from '../../apps/server/src/common/http/context.middleware';
import { ProblemDetailsFilter } from '../../apps/server/src/common/http/problem-details.filter';
import { StrictValidationPipe } from '../../apps/server/src/common/http/strict-validation.pipe';
import { ServingGate } from '../../apps/server/src/common/serving-gate';
import { ConsensusService } from '../../apps/server/src/consensus/consensus.service';
import { DomainEvents } from '../../apps/server/src/consensus/domain-events';
import { FailureLimits } from '../../apps/server/src/limits/failure-limits';
import { RequestLimits } from '../../apps/server/src/limits/request-limits';
import { ApiKeyAuthentication } from '../../apps/server/src/projects/api-key-authentication';
import { ApiKeyStrategy } from '../../apps/server/src/projects/api-key.strategy';
import { ApiKeys } from '../../apps/server/src/projects/api-keys';
import { PreparedAnswers } from '../../apps/server/src/read/prepared-answers';
import { ProjectEditions } from '../../apps/server/src/read/project-editions';
import { ReadAdmission } from '../../apps/server/src/read/read-admission';
import { ReadLimit } from '../../apps/server/src/read/read-limit';
import { ReadEndpoint } from '../../apps/server/src/read/read-endpoint';
import { ReadController } from '../../apps/server/src/read/read.controller';
import { ReadService } from '../../apps/server/src/read/read.service';
import { WaitingReads } from '../../apps/server/src/read/watch/waiting-reads';
import { Watchers } from '../../apps/server/src/read/watch/watchers';
import { aConsensus } from './consensus';
import type { MachineWithLog } from './state-machine';

export interface ReadApp {
  readonly app: NestExpressApplication;
  readonly consensus: ConsensusService;
  readonly events: DomainEvents;
}

/** The read API alone, listening, over this state. */
export async function aReadApp(machine: MachineWithLog): Promise<ReadApp> {
  const { consensus, events } = aConsensus(machine);
  const module = await Test.createTestingModule({
    controllers: [ReadController],
    providers: [
      { provide: ConsensusService, useValue: consensus },
      { provide: DomainEvents, useValue: events },
      { provide: RequestLimits, useValue: new RequestLimits() },
      { provide: FailureLimits, useValue: new FailureLimits() },
      { provide: ENVIRONMENT, useValue: { rateLimitRead: null } },
      { provide: ServingGate, useValue: { reason: null } },
      { provide: PinoLogger, useValue: { error: () => undefined } },
      ...[ReadAdmission, ReadLimit, ReadEndpoint, ReadService, PreparedAnswers, ProjectEditions],
      ...[ApiKeyAuthentication, ApiKeyStrategy, ApiKeys, Watchers, WaitingReads],
    ],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>({ bodyParser: false });
  app.set('etag', false);
  app.use(contextMiddleware(5_000));
  app.useGlobalPipes(new StrictValidationPipe());
  app.useGlobalFilters(new ProblemDetailsFilter({ error: () => undefined } as unknown as PinoLogger));
  await app.listen(0, '127.0.0.1');
  return { app, consensus, events };
}
