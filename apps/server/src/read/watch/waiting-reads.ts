import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { PinoLogger } from 'nestjs-pino';
import { sendProblem } from '../../common/http/problem-details.filter';
import type { ContextRequest } from '../../common/http/request-context';
import { Rejected } from '../../common/rejected';
import { configs, configTombstones } from '../../configs/configs.table';
import { ConsensusService } from '../../consensus/consensus.service';
import { hashApiKey } from '../../projects/api-key';
import { ApiKeys } from '../../projects/api-keys';
import type { Wait } from './wait.rules';
import { Watchers } from './watchers';

export interface WaitingTarget {
  readonly apiKey: string;
  readonly key: string;
}

/** Answers with what is there, or with 304 when that has not changed. */
export type AnswerRead = (isUnchanged: boolean) => void | Promise<void>;

/** Long polling: `waitIndex` and `wait`. */
@Injectable()
export class WaitingReads {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly watchers: Watchers,
    private readonly apiKeys: ApiKeys,
    private readonly log: PinoLogger,
  ) {}

  /**
   * Answers now when the config has changed after the index, a deletion included; otherwise as soon as it does. When the
   * time is over: 304, or 404 for a config that is not there.
   */
  wait(
    request: ContextRequest,
    response: Response,
    { apiKey, key }: WaitingTarget,
    { afterIndex, waitMs }: Wait,
    answer: AnswerRead,
  ): void | Promise<void> {
    const projectId = this.apiKeys.projectOf(apiKey);
    // Somebody without a good key is told so.
    if (projectId === undefined || this.#lastChange(projectId, key) > afterIndex) return answer(false);
    const credential = { projectId, apiKeyHash: hashApiKey(apiKey) };
    const settle = (how: () => void | Promise<void>): void => void this.#settle(request, response, how);
    const end = (why: Rejected): void => settle(() => refuse(response, why));
    const remove = this.watchers.add({
      kind: 'poll',
      credential,
      wake: () => this.#lastChange(projectId, key) > afterIndex && settle(() => answer(false)),
      beat: () => undefined,
      end,
    });
    const timer = setTimeout(() => {
      const why = this.watchers.refusal(credential);
      if (why) end(why);
      // A change that is there may not have woken it yet.
      else settle(() => answer(this.#lastChange(projectId, key) <= afterIndex));
    }, waitMs);
    response.once('close', () => {
      clearTimeout(timer);
      remove();
    });
  }

  /** Outside of the handler nobody else makes a problem of what is thrown. */
  async #settle(request: ContextRequest, response: Response, how: () => void | Promise<void>): Promise<void> {
    if (response.headersSent || response.destroyed) return;
    try {
      await how();
    } catch (error) {
      if (!(error instanceof Rejected))
        this.log.error({ err: error, reqId: request.context.requestId }, 'unexpected exception');
      sendProblem(request, response, error instanceof Rejected ? error : new Rejected('internal-error'));
    }
  }

  #lastChange(projectId: string, key: string): number {
    const { state } = this.consensus;
    const row = state.of(configs).get(projectId, key) ?? state.of(configTombstones).get(projectId, key);
    return row?.modIndex ?? 0;
  }
}

function refuse(response: Response, why: Rejected): never {
  // It is of the time when the wait began.
  response.removeHeader('X-Config-Index');
  throw why;
}
