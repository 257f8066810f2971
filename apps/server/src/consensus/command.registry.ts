import type { CommandDefinition, Permission, PermissionRule, PermissionSubject } from './command';
import { commandName } from './command';
import { consensusFeature } from './consensus.feature';
import type { ReferenceDefinition, TableDefinition } from './state/table-definition';
import type { StateView } from './state/state';

/** What one feature folder brings to the state machine. */
export interface Feature {
  readonly tables?: readonly object[];
  readonly commands?: readonly object[];
  readonly references?: readonly object[];
  readonly permissions?: readonly PermissionRule[];
}

const builtIn: readonly PermissionRule[] = [
  { rule: 'anyone', check: () => undefined },
  {
    rule: 'the-system',
    check: (_state, actorId) => {
      if (actorId !== null) throw new Error('a command of the node itself was proposed for a user');
    },
  },
];

/** Filled by every feature before the log starts; what is not here does not exist for the state machine. */
export class CommandRegistry {
  readonly #commands = new Map<string, CommandDefinition>();
  readonly #tables = new Map<string, TableDefinition<object, string>>();
  readonly #references: ReferenceDefinition[] = [];
  readonly #rules = new Map<string, PermissionRule>(builtIn.map((rule) => [rule.rule, rule]));

  constructor(...features: readonly Feature[]) {
    this.register(consensusFeature);
    for (const feature of features) this.register(feature);
  }

  get tables(): readonly TableDefinition<object, string>[] {
    return [...this.#tables.values()];
  }

  get references(): readonly ReferenceDefinition[] {
    return this.#references;
  }

  get commands(): readonly CommandDefinition[] {
    return [...this.#commands.values()];
  }

  register(feature: Feature): void {
    // The lists of a feature hold definitions of different row and payload types; here they lose them.
    for (const table of (feature.tables ?? []) as readonly TableDefinition<object, string>[]) {
      if (this.#tables.has(table.name)) throw new Error(`table ${table.name} is registered twice`);
      this.#tables.set(table.name, table);
    }
    for (const command of (feature.commands ?? []) as readonly CommandDefinition[]) {
      const name = commandName(command.type, command.version);
      if (this.#commands.has(name)) throw new Error(`command ${name} is registered twice`);
      this.#commands.set(name, command);
    }
    this.#references.push(...((feature.references ?? []) as readonly ReferenceDefinition[]));
    for (const rule of feature.permissions ?? []) {
      if (this.#rules.has(rule.rule)) throw new Error(`permission rule ${rule.rule} is registered twice`);
      this.#rules.set(rule.rule, rule);
    }
  }

  command(type: string, version: number): CommandDefinition | undefined {
    return this.#commands.get(commandName(type, version));
  }

  /** Rejects unless the actor may do this to the subject, judged by the given state. */
  checkPermission(state: StateView, permission: Permission, actorId: string | null, subject: PermissionSubject): void {
    const rule = this.#rules.get(permission.rule);
    if (!rule) throw new Error(`permission rule ${permission.rule} is not registered`);
    rule.check(state, actorId, subject, permission.argument);
  }
}
