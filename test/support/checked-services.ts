import { ConfigsService } from '../../apps/server/src/configs/configs.service';
import type { ConfigHistory } from '../../apps/server/src/configs/config-history';
import { SchemaChangesService } from '../../apps/server/src/configs/schema-changes.service';
import { SchemaImpact } from '../../apps/server/src/configs/schema-impact';
import { parseEnvironment } from '../../apps/server/src/common/env';
import type { JsonValue } from '../../apps/server/src/common/json/json-value';
import type { History } from '../../apps/server/src/consensus/history';
import { SchemaChecks } from '../../apps/server/src/schemas/schema-checks';
import { SchemasService } from '../../apps/server/src/schemas/schemas.service';
import { SchemaValidator } from '../../apps/server/src/schemas/validation/schema-validator';
import { aConfigMachine, aContext, consensusOf } from './config-machine';
import type { MachineWithLog } from './state-machine';

/** Whoever uses the services closes it at the end. */
export const validator = new SchemaValidator();
const environment = parseEnvironment({ MAX_CONTENT_BYTES: '1KiB' });

/** The services over one machine. `beforeApply` runs between the check of a proposal and its application. */
export function services(
  machine: MachineWithLog,
  beforeApply: (round: number) => Promise<unknown> | undefined = () => undefined,
) {
  let round = 0;
  const build = (consensus: ReturnType<typeof consensusOf>) => {
    const checks = new SchemaChecks(consensus, validator, environment);
    const impact = new SchemaImpact(consensus, checks, validator);
    return {
      schemas: new SchemasService(consensus, {} as History, checks, environment),
      changes: new SchemaChangesService(consensus, checks, impact),
      configs: new ConfigsService(consensus, checks, {} as ConfigHistory),
    };
  };
  const quiet = consensusOf(machine);
  const disturbed: ReturnType<typeof consensusOf> = Object.create(quiet, {
    execute: {
      value: async (...proposal: Parameters<typeof quiet.execute>) => {
        await beforeApply(++round);
        return quiet.execute(...proposal);
      },
    },
  }) as typeof quiet;
  return { ...build(disturbed), quiet: build(quiet), rounds: () => round };
}

export const maximum = (limit: number): JsonValue => ({ type: 'integer', maximum: limit });
export const named = (name: string, content: JsonValue) => ({ name, content });
export const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? error,
  );

export async function aMachineWithSchema(content: JsonValue = maximum(10)) {
  const machine = aConfigMachine();
  const { id } = await services(machine).schemas.create(named('s', content), aContext());
  return { machine, schemaId: id };
}

export const put = (machine: MachineWithLog, schemaId: string, content: JsonValue) =>
  services(machine).changes.update(schemaId, { content }, {}, aContext('root', { ifMatch: '*' }));
