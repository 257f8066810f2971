import type { CommandDefinition, CommandResult } from '../../apps/server/src/consensus/command';
import type { Feature } from '../../apps/server/src/consensus/command.registry';
import { CommandRegistry } from '../../apps/server/src/consensus/command.registry';
import type { Envelope } from '../../apps/server/src/consensus/envelope';
import { encodeEnvelope } from '../../apps/server/src/consensus/envelope';
import type { Outcome } from '../../apps/server/src/consensus/outcome-window';
import type { Applied } from '../../apps/server/src/consensus/state-machine';
import { StateMachine } from '../../apps/server/src/consensus/state-machine';
import type { CommittedEntry } from '../../libs/raft-node/src';

interface RunOptions {
  /** User id; null (the default) is the node itself. */
  readonly actor?: string | null;
  /** Milliseconds since the epoch; by default one second after the entry before. */
  readonly at?: number;
  readonly id?: string;
  readonly fingerprint?: string;
  readonly birthIndex?: number;
}

/** A state machine and the log that was fed to it, so that the same log can be fed to another one. */
export class MachineWithLog {
  readonly log: CommittedEntry[] = [];
  #atMs = Date.UTC(2026, 0, 1);

  constructor(readonly machine: StateMachine) {}

  get state() {
    return this.machine.state;
  }

  get index(): number {
    return this.machine.position.index;
  }

  append<Payload extends object>(
    command: Pick<CommandDefinition<Payload>, 'type' | 'version'>,
    payload: Payload,
    {
      actor = null,
      at = this.#atMs + 1000,
      id = `command-${this.index + 1}`,
      fingerprint = id,
      birthIndex = this.index,
    }: RunOptions = {},
  ): Applied {
    const { type, version } = command;
    const envelope: Envelope = {
      id,
      type,
      version,
      actor,
      requestId: `request-${id}`,
      trace: null,
      fingerprint,
      birthIndex,
      payload,
    };
    this.#atMs = Math.max(this.#atMs, at);
    const entry = { index: this.index + 1, term: 1, at: this.#atMs, data: encodeEnvelope(envelope) };
    this.log.push(entry);
    return this.machine.apply(entry);
  }

  /** The outcome of the command, whatever it is. */
  attempt<Payload extends object, Result extends CommandResult>(
    command: CommandDefinition<Payload, Result>,
    payload: Payload,
    options?: RunOptions,
  ): Outcome {
    const { outcome } = this.append(command as unknown as CommandDefinition<Payload>, payload, options);
    if (!outcome) throw new Error('a command without an outcome');
    return outcome;
  }

  /** The result of a command that must be applied. */
  run<Payload extends object, Result extends CommandResult>(
    command: CommandDefinition<Payload, Result>,
    payload: Payload,
    options?: RunOptions,
  ): Result {
    const outcome = this.attempt(command, payload, options);
    if (outcome.status === 'rejected') throw new Error(`${command.type} was rejected: ${outcome.code}`);
    return outcome.result as Result;
  }

  /** The code with which a command must be rejected. */
  refused<Payload extends object, Result extends CommandResult>(
    command: CommandDefinition<Payload, Result>,
    payload: Payload,
    options?: RunOptions,
  ): string {
    const outcome = this.attempt(command, payload, options);
    if (outcome.status === 'applied') throw new Error(`${command.type} was applied`);
    return outcome.code;
  }
}

export const aMachine = (...features: readonly Feature[]): MachineWithLog =>
  new MachineWithLog(new StateMachine(new CommandRegistry(...features)));
