import type { StateView } from '../consensus/state/state';
import type { SchemaEntity } from './schema.entity';
import type { SchemaVersionRef } from './schema.rules';
import { referencesOf, requireSchema } from './schema.rules';
import { schemas } from './schemas.table';
import type { SchemaBundle, SchemaSource, StoredSchemas } from './validation/validation.types';

/** A schema that others can refer to, which is one with an `$id`. */
export const sourceOf = ({ id, version, schemaUri, content }: SchemaEntity): SchemaSource => ({
  key: `${id}@${version}`,
  uri: schemaUri ?? '',
  text: content,
});

/** The schema as stored with all that it refers to, from one moment of the state. */
export function bundleOf(state: StateView, schemaId: string): SchemaBundle {
  return {
    root: sourceOf(requireSchema(state, schemaId)),
    references: referencesOf(state, schemaId).map(sourceOf),
  };
}

/**
 * The stored schemas by `$id`, for an inspection that may take a while: what was handed out once stays the same, and it
 * is known afterwards which versions those were.
 */
export class SchemaCatalogue implements StoredSchemas {
  readonly #given = new Map<string, SchemaSource | undefined>();
  readonly #rows = new Map<string, SchemaEntity>();

  constructor(
    private readonly state: StateView,
    /** A schema under inspection takes the place of its stored version. */
    private readonly candidate?: SchemaSource,
  ) {}

  get(schemaUri: string): SchemaSource | undefined {
    if (!this.#given.has(schemaUri)) this.#given.set(schemaUri, this.#look(schemaUri));
    return this.#given.get(schemaUri);
  }

  /** Ids of the stored schemas behind these URIs. */
  idsOf(schemaUris: readonly string[]): readonly string[] {
    return schemaUris.map((schemaUri) => this.#rowOf(this.get(schemaUri)?.key, schemaUri).id);
  }

  /** The versions behind these sources; the candidate is none. */
  versionsOf(sources: readonly SchemaSource[]): readonly SchemaVersionRef[] {
    return sources
      .filter(({ key }) => key !== this.candidate?.key)
      .map(({ key }) => {
        const { id, version } = this.#rowOf(key, key);
        return { schemaId: id, version };
      });
  }

  #look(schemaUri: string): SchemaSource | undefined {
    if (schemaUri === this.candidate?.uri) return this.candidate;
    const row = this.state.of(schemas).find('schemaUri', schemaUri);
    if (!row) return undefined;
    const source = sourceOf(row);
    this.#rows.set(source.key, row);
    return source;
  }

  #rowOf(key: string | undefined, what: string): SchemaEntity {
    const row = key === undefined ? undefined : this.#rows.get(key);
    if (!row) throw new Error(`the inspection named a schema that it was not given: ${what}`);
    return row;
  }
}
