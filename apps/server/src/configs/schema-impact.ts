import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { BoundedQueue } from '../common/bounded-queue';
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

interface Found {
  readonly breaks: BrokenConfig[];
  broken: number;
  checked: number;
}

/** A schema whose configs a change concerns, as it would be after the change. */
export interface AffectedSchema {
  readonly schemaId: string;
  readonly bundle: SchemaBundle;
}

const bounds = { running: 2, waiting: 16 };
const mostBreaks = 100;
const mostErrorsEach = 10;
/** What is read from the state, and judged, before other requests get their turn. */
const chunkRows = 256;
const chunkCharacters = 1 << 20;
const chunkVisits = 3200;

/** Finds out what a new content of a schema would do to the schemas and configs that depend on it. */
@Injectable()
export class SchemaImpact {
  readonly #queue = new BoundedQueue({ ...bounds, detail: 'Too many schemas are being checked against configs.' });

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

  /**
   * Judges the configs that changed after `since`, however many there are, while other requests are served: a few such
   * checks at a time, so that a thread is left for whoever writes one config. Rejects `overloaded` beyond.
   */
  async check(affected: readonly AffectedSchema[], since: number, deadline: Deadline): Promise<Impact> {
    return this.#queue.run(() => this.#check(affected, since, deadline), deadline);
  }

  async #check(affected: readonly AffectedSchema[], since: number, deadline: Deadline): Promise<Impact> {
    const found = { breaks: [] as BrokenConfig[], broken: 0, checked: 0 };
    for (const { schemaId, bundle } of affected) {
      for (const chunk of this.#chunks(schemaId, since)) {
        // A chunk may hold nothing that changed, however many it has gone through.
        if (chunk.length === 0) await setImmediate();
        for (let at = 0; at < chunk.length; await setImmediate()) {
          if (deadline.isOver)
            reject('timeout', `Only ${found.checked} configs could be checked in time. Nothing was changed.`);
          at += await this.#judgeSome(bundle, chunk.slice(at), found);
        }
      }
    }
    return found;
  }

  /** The first of them, as many as there is time for; says how many those were. */
  async #judgeSome(bundle: SchemaBundle, some: readonly ConfigEntity[], found: Found): Promise<number> {
    const contents = some.map(({ content }) => content);
    const verdicts = await this.validator.validateMany(
      bundle,
      contents,
      found.broken < mostBreaks ? mostErrorsEach : 0,
    );
    for (const [place, { projectId, key }] of some.slice(0, verdicts.length).entries()) {
      const { valid = false, errors = [] } = verdicts[place] ?? {};
      if (!valid && ++found.broken <= mostBreaks) found.breaks.push({ projectId, key, errors: errors.map(inContent) });
    }
    found.checked += verdicts.length;
    return verdicts.length;
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
