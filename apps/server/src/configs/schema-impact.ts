import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import type { Deadline } from '../common/deadline';
import type { JsonValue } from '../common/json/json-value';
import { reject, Rejected } from '../common/rejected';
import { ConsensusService } from '../consensus/consensus.service';
import { encodeKey } from '../consensus/state/table-definition';
import { SchemaCatalogue, sourceOf } from '../schemas/schema-bundle';
import type { InspectedSchema } from '../schemas/schema-checks';
import { candidateOf, inContent, SchemaChecks } from '../schemas/schema-checks';
import type { SchemaEntity } from '../schemas/schema.entity';
import { SchemaValidator } from '../schemas/validation/schema-validator';
import type { SchemaBundle, ValidationError } from '../schemas/validation/validation.types';
import type { ConfigEntity } from './config.entity';
import { configs } from './configs.table';
import { affectedBy } from './schema-change.rules';

export interface BrokenConfig {
  readonly projectId: string;
  readonly key: string;
  readonly errors: readonly ValidationError[];
}

export interface Impact {
  /** The first of them. */
  readonly breaks: readonly BrokenConfig[];
  readonly broken: number;
  readonly checked: number;
}

/** A schema whose configs a change concerns, as it would be after the change. */
export interface AffectedSchema {
  readonly schemaId: string;
  readonly bundle: SchemaBundle;
}

const mostBreaks = 100;
const mostErrorsEach = 10;
/** What is read from the state, and judged, before other requests get their turn. */
const chunkRows = 64;
const chunkCharacters = 1 << 20;
const chunkVisits = 3200;
const turnMs = 5;

/** Finds out what a new content of a schema would do to the schemas and configs that depend on it. */
@Injectable()
export class SchemaImpact {
  constructor(
    private readonly consensus: ConsensusService,
    private readonly checks: SchemaChecks,
    private readonly validator: SchemaValidator,
  ) {}

  /** Rejects when a schema that refers to this one could no longer be compiled. */
  async affected(schema: SchemaEntity, text: string, inspected: InspectedSchema): Promise<readonly AffectedSchema[]> {
    const { state } = this.consensus;
    const [, ...dependents] = affectedBy(state, schema.id);
    const candidate = candidateOf(schema.id, inspected.schemaUri ?? '', text);
    const affected: AffectedSchema[] = [
      { schemaId: schema.id, bundle: { root: candidate, references: inspected.sources } },
    ];
    for (const dependent of dependents) {
      const catalogue = new SchemaCatalogue(state, candidate);
      const references = await this.#referencesOf(dependent, catalogue);
      affected.push({ schemaId: dependent.id, bundle: { root: sourceOf(dependent), references } });
    }
    return affected;
  }

  /** Judges the configs that changed after `since`, however many there are, while other requests are served. */
  async check(affected: readonly AffectedSchema[], since: number, deadline: Deadline): Promise<Impact> {
    const breaks: BrokenConfig[] = [];
    let broken = 0;
    let checked = 0;
    for (const { schemaId, bundle } of affected) {
      for (const chunk of this.#chunks(schemaId, since)) {
        for (let at = 0; at < chunk.length;) {
          const judged = await this.#judgeSome(bundle, chunk, at);
          for (const broke of judged) if (broke && ++broken <= mostBreaks) breaks.push(broke);
          at += judged.length;
        }
        checked += chunk.length;
        await setImmediate();
        if (deadline.isOver)
          reject('timeout', `Only ${checked} configs could be checked in time. Nothing was changed.`);
      }
    }
    return { breaks, broken, checked };
  }

  /** Harmless contents are judged at once on this thread, so the time that this takes is watched. */
  async #judgeSome(bundle: SchemaBundle, configs: readonly ConfigEntity[], from: number) {
    const judged: Promise<BrokenConfig | undefined>[] = [];
    const end = performance.now() + turnMs;
    for (const config of configs.slice(from)) {
      judged.push(this.#judge(bundle, config));
      if (performance.now() >= end) break;
    }
    const broken = await Promise.all(judged);
    await setImmediate();
    return broken;
  }

  async #judge(bundle: SchemaBundle, { projectId, key, content }: ConfigEntity): Promise<BrokenConfig | undefined> {
    const { valid, errors } = await this.validator.validate(bundle, JSON.parse(content) as JsonValue);
    return valid ? undefined : { projectId, key, errors: errors.slice(0, mostErrorsEach).map(inContent) };
  }

  /** Each is read from the state as it is then: what changed meanwhile has a later index and is checked in the next round. */
  *#chunks(schemaId: string, since: number): Generator<readonly ConfigEntity[]> {
    let after: string | undefined;
    do {
      const chunk: ConfigEntity[] = [];
      let [characters, visits] = [0, 0];
      let last: string | undefined;
      for (const config of this.consensus.state.of(configs).list('bySchema', [schemaId], { after })) {
        last = encodeKey([config.projectId, config.key]);
        if (config.modIndex > since) {
          chunk.push(config);
          characters += config.content.length;
        }
        if (chunk.length === chunkRows || characters > chunkCharacters || ++visits === chunkVisits) break;
      }
      after = last;
      yield chunk;
    } while (after !== undefined);
  }

  async #referencesOf(dependent: SchemaEntity, catalogue: SchemaCatalogue) {
    try {
      return (await this.checks.inspect(JSON.parse(dependent.content) as JsonValue, catalogue)).closure;
    } catch (error) {
      if (!(error instanceof Rejected && error.code === 'schema-invalid')) throw error;
      const { name, id } = dependent;
      return reject(
        'schema-in-use',
        `The schema "${name}" (${id}) refers to it and would no longer be valid: ${error.message}`,
      );
    }
  }
}
