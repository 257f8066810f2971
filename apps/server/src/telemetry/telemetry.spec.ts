import { Controller, Get, HttpCode, Param } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import request from 'supertest';
import { aMachineWithUsers, asRoot } from '../../../../test/support/members';
import { sendProblem } from '../common/http/problem-details.filter';
import { Rejected } from '../common/rejected';
import { Watermark } from '../common/watermark';
import { StateComparison } from '../cluster/state-comparison';
import { ConsensusNode } from '../consensus/consensus-node';
import { PeerNetwork } from '../consensus/peers/peer-network';
import type { ReadCounts } from '../read/workers/read-counts';
import { ReadWorkers } from '../read/workers/read-workers';
import { Watchers } from '../read/watch/watchers';
import { createUser } from '../users/commands/create-user.command';
import { CommandMetrics } from './command-metrics';
import { methodLabel, routeLabel, statusLabel } from './http-labels';
import { HttpMetrics } from './http-metrics';
import { Metrics } from './metrics';
import { MetricsController } from './metrics.controller';
import { RaftMetrics } from './raft-metrics';
import { ReadWorkerMetrics } from './read-worker-metrics';
import { WatchMetrics } from './watch-metrics';

const apiKey = `cfg_${'k'.repeat(43)}`;

@Controller('v1/read')
class SomeController {
  @Get(':apiKey/:key')
  read(@Param('key') key: string) {
    return { key };
  }

  @Get('teapot')
  @HttpCode(418)
  teapot() {
    return {};
  }
}

let tellCounts: (counts: ReadCounts) => void;
const workers = {
  onCounts: (listener: typeof tellCounts) => (tellCounts = listener),
  living: 2,
  answered: 7,
  restarts: 1,
};

async function anApplication(): Promise<NestExpressApplication> {
  const status = { term: 3, role: 'leader', commitIndex: 12, pendingProposals: 4 };
  const flushed = { flushedIndex: 10, pendingEntries: 2, pendingBytes: 900, connected: true };
  const node = {
    onApplied: () => undefined,
    isStarted: true,
    applied: new Watermark(11),
    log: { status: () => status },
    persister: { status: () => flushed },
  };

  const module = await Test.createTestingModule({
    providers: [
      ...[Metrics, CommandMetrics, HttpMetrics, RaftMetrics, ReadWorkerMetrics, WatchMetrics],
      { provide: ConsensusNode, useValue: node },
      { provide: PeerNetwork, useValue: { stats: () => ({ refused: { secret: 2 } }) } },
      { provide: StateComparison, useValue: { apart: ['node-3'] } },
      { provide: Watchers, useValue: { counts: { stream: 5, poll: 2 }, cutOffs: 1 } },
      { provide: ReadWorkers, useValue: workers },
    ],
    controllers: [MetricsController, SomeController],
  }).compile();
  const app = module.createNestApplication<NestExpressApplication>();
  app.use((incoming: Request, response: Response, next: NextFunction) =>
    incoming.headers['x-refuse'] ? sendProblem(incoming, response, new Rejected('payload-too-large')) : next(),
  );
  await app.listen(0, '127.0.0.1');
  return app;
}

describe('/metrics', () => {
  let app: NestExpressApplication;

  beforeEach(async () => (app = await anApplication()));
  afterEach(() => app.close());

  const server = () => request(app.getHttpServer());
  const metrics = async (): Promise<string> => (await server().get('/metrics').expect(200)).text;
  const counted = (text: string, method: string, route: string, status: number): number => {
    const labels = `method="${method}",route="${route}",status="${status}"`;
    const line = text
      .split('\n')
      .find((each) => each.startsWith(`config_guardian_http_request_duration_seconds_count{${labels}}`));
    return Number(line?.split(' ').at(-1) ?? 0);
  };

  it('is text in the format of Prometheus with the values of the process, the log and the persister', async () => {
    const { text, headers } = await server().get('/metrics').expect(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    for (const [name, value] of [
      ['raft_term', 3],
      ['raft_is_leader', 1],
      ['raft_role{role="leader"}', 1],
      ['raft_role{role="candidate"}', 0],
      ['raft_commit_index', 12],
      ['raft_applied_index', 11],
      ['raft_flushed_index', 10],
      ['raft_pending_proposals', 4],
      ['persister_pending_entries', 2],
      ['persister_pending_bytes', 900],
      ['persister_connected', 1],
      ['state_members_apart', 1],
      ['read_workers', 2],
      ['read_worker_answers_total', 7],
      ['read_worker_restarts_total', 1],
      ['peer_refused_connections_total{reason="secret"}', 2],
    ])
      expect(text).toContain(`\nconfig_guardian_${name} ${value}\n`);
  });

  it('counts what read workers answered with the requests of the node', async () => {
    await server().get(`/v1/read/${apiKey}/app`).expect(200);
    const labels = { method: 'GET', route: '/v1/read/:apiKey/:key', status: '200' };
    tellCounts([
      { ...labels, count: 40, seconds: 0.02 },
      { ...labels, count: 2, seconds: 1.6 },
    ]);
    const text = await metrics();
    expect(counted(text, 'GET', '/v1/read/:apiKey/:key', 200)).toBe(43);
    const upTo = (bound: string): number =>
      Number(
        text
          .split('\n')
          .find((line) => line.includes(`_bucket{le="${bound}",method="GET"`))
          ?.split(' ')
          .at(-1),
      );
    expect(upTo('1') - upTo('0.5')).toBe(2);
  });

  it('counts requests by the pattern of the route: no path, no API key', async () => {
    for (let time = 0; time < 3; time++) await server().get(`/v1/read/${apiKey}/app-${time}`).expect(200);
    await server().get('/v1/read/teapot').expect(418);
    await server().get(`/nowhere/${apiKey}`).expect(404);
    const text = await metrics();
    expect(counted(text, 'GET', '/v1/read/:apiKey/:key', 200)).toBe(3);
    expect(counted(text, 'GET', '/v1/read/teapot', 418)).toBe(1);
    expect(counted(text, 'GET', 'none', 404)).toBe(1);
    expect(text).not.toContain(apiKey);
    expect(text).not.toContain('app-1');
  });

  it('counts requests that a middleware refused before any route', async () => {
    await server().post('/v1/read').set('x-refuse', '1').expect(413);
    const text = await metrics();
    expect(counted(text, 'POST', 'none', 413)).toBe(1);
    expect(text).toContain('\nconfig_guardian_http_problems_total{code="payload-too-large"} 1\n');
  });

  it('keeps the metrics of two applications in one process apart', async () => {
    const other = await anApplication();
    await server().get('/v1/read/teapot');
    const { text } = await request(other.getHttpServer()).get('/metrics').expect(200);
    await other.close();
    expect(counted(text, 'GET', '/v1/read/teapot', 418)).toBe(0);
  });

  it('counts commands by type and outcome, a repeated one once', async () => {
    const machine = aMachineWithUsers();
    const commands = app.get(CommandMetrics);
    const user = { userId: 'new', email: 'new@example.com', name: null, passwordHash: '-', isAdmin: false };
    commands.count(machine.append(createUser, user, { ...asRoot, id: 'once' }));
    commands.count(machine.append(createUser, user, { ...asRoot, id: 'once' }));
    commands.count(machine.append(createUser, { ...user, userId: 'second' }, asRoot));
    commands.count(machine.machine.apply({ index: machine.index + 1, term: 1, at: Date.UTC(2027, 0, 1), data: null }));
    const lines = (await metrics()).split('\n').filter((line) => line.startsWith('config_guardian_commands_total{'));
    expect(lines).toEqual([
      'config_guardian_commands_total{type="user.create",outcome="applied"} 1',
      'config_guardian_commands_total{type="user.create",outcome="email-taken"} 1',
    ]);
  });
});

describe('the labels of a request', () => {
  it('have a bound, whatever a client sends', () => {
    expect(methodLabel({ method: 'PATCH' })).toBe('PATCH');
    expect(methodLabel({ method: 'PROPFIND' })).toBe('other');
    expect(routeLabel({ url: '/secret' })).toBe('none');
    expect(routeLabel({ route: { path: /regular/ } })).toBe('none');
    expect(statusLabel({ statusCode: 200, writableFinished: true })).toBe('200');
    expect(statusLabel({ statusCode: 200, writableFinished: false })).toBe('499');
  });
});
