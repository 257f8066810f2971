import type { RejectionDetail } from '../../common/rejected';
import type { Draft, SchemaBundle, SchemaSource, Verdict } from './validation.types';

/** What a worker is asked. JSON travels as text: it is cheaper to copy, and keeps a member named `__proto__`. */
export type ValidationRequest = InspectRequest | ValidateRequest | ValidateManyRequest;

export interface InspectRequest {
  readonly kind: 'inspect';
  readonly text: string;
  readonly sources: readonly SchemaSource[];
}

interface WithSchema {
  /** Names what is compiled; null is compiled again each time. */
  readonly key: string | null;
  /** Left out at first when there is a key: the worker may have it compiled already. */
  readonly bundle: SchemaBundle | undefined;
  readonly maxErrors: number;
}

export interface ValidateRequest extends WithSchema {
  readonly kind: 'validate';
  readonly content: string;
}

export interface ValidateManyRequest extends WithSchema {
  readonly kind: 'validate-many';
  readonly contents: readonly string[];
  /** After this long it answers with the verdicts that it has. */
  readonly budgetMs: number;
}

export type ValidationReply =
  | {
      readonly kind: 'inspected';
      readonly draft: Draft;
      readonly schemaUri: string | null;
      readonly references: readonly string[];
      readonly closure: readonly SchemaSource[];
    }
  | { readonly kind: 'schemas-missing'; readonly uris: readonly string[]; readonly detail: RejectionDetail }
  | { readonly kind: 'schema-refused'; readonly detail: RejectionDetail }
  | { readonly kind: 'bundle-needed' }
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  /** Of the first contents, at least one. */
  | { readonly kind: 'verdicts'; readonly verdicts: readonly Verdict[] }
  /** The content nests deeper than the stack allows for this schema. */
  | { readonly kind: 'stack-exhausted' };
