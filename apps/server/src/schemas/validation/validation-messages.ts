import type { RejectionDetail } from '../../common/rejected';
import type { Draft, SchemaBundle, SchemaSource, Verdict } from './validation.types';

/** What a worker is asked. JSON travels as text: it is cheaper to copy, and keeps a member named `__proto__`. */
export type ValidationRequest = InspectRequest | ValidateRequest;

export interface InspectRequest {
  readonly kind: 'inspect';
  readonly text: string;
  readonly sources: readonly SchemaSource[];
}

export interface ValidateRequest {
  readonly kind: 'validate';
  /** Names what is compiled; null is compiled again each time. */
  readonly key: string | null;
  /** Left out at first when there is a key: the worker may have it compiled already. */
  readonly bundle: SchemaBundle | undefined;
  readonly content: string;
  readonly maxErrors: number;
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
  /** The content nests deeper than the stack allows for this schema. */
  | { readonly kind: 'stack-exhausted' };
