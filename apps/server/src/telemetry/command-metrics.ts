import { Injectable } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Counter } from 'prom-client';
import { auditRecords } from '../consensus/audit-chain';
import type { AuditRecordEntity } from '../consensus/audit-record.entity';
import { ConsensusNode } from '../consensus/consensus-node';
import type { Applied } from '../consensus/state-machine';
import { metricPrefix, Metrics } from './metrics';

/** Counts what the log did on this node. Types and problem codes are closed sets, so the labels are bounded. */
@Injectable()
export class CommandMetrics implements OnModuleInit {
  readonly #commands: Counter<'type' | 'outcome'>;

  constructor(
    metrics: Metrics,
    private readonly node: ConsensusNode,
  ) {
    this.#commands = new Counter({
      name: `${metricPrefix}commands_total`,
      help: 'Commands applied on this node since it started, by type and outcome: "applied" or the code of the rejection.',
      labelNames: ['type', 'outcome'],
      registers: [metrics.registry],
    });
  }

  onModuleInit(): void {
    this.node.onApplied((applied) => this.count(applied));
  }

  /** The audit record of an entry says what it was and how it ended; a duplicate has none and is not counted again. */
  count({ changes }: Pick<Applied, 'changes'>): void {
    const audited = changes.find(({ table }) => table.name === auditRecords.name);
    if (!audited?.after) return;
    const { command, code } = audited.after as AuditRecordEntity;
    this.#commands.inc({ type: command.replace(/@\d+$/, ''), outcome: code ?? 'applied' });
  }
}
