import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export const root = join(__dirname, '..', '..');
export const chart = join(root, 'helm', 'config-guardian');
export const renderedDirectory = join(root, 'helm', 'rendered');
export const sets: readonly string[] = readdirSync(join(chart, 'ci')).map((name) => name.replace('.yaml', ''));

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec?: unknown;
  readonly data?: Readonly<Record<string, string>>;
}

export interface Probe {
  readonly httpGet?: { readonly scheme: string };
}
export interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly resources: { readonly requests?: Readonly<Record<string, string>> };
  readonly startupProbe: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly volumeMounts: readonly { readonly name: string }[];
  readonly securityContext: object;
}
export interface StatefulSetSpec {
  /** Not told where an autoscaler tells it. */
  readonly replicas?: number;
  readonly serviceName: string;
  readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: {
      readonly initContainers?: readonly Container[];
      readonly containers: readonly Container[];
      readonly volumes: readonly { readonly name: string }[];
    };
  };
  readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
}

export const valuesOf = (set: string): unknown => parse(readFileSync(join(chart, 'ci', `${set}.yaml`), 'utf8'));

export const objectsOf = (set: string): readonly KubernetesObject[] =>
  parseAllDocuments(readFileSync(join(renderedDirectory, `${set}.yaml`), 'utf8')).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as KubernetesObject;
  });

export function the(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const [object, ...others] = objects.filter((each) => each.kind === kind);
  if (!object || others.length > 0) throw new Error(`there is not one ${kind}`);
  return object;
}

/** The set of the pods of one kind; there may be no replicas. */
export const podsOf = (objects: readonly KubernetesObject[], component: 'member' | 'replica') =>
  objects.find(
    ({ kind, metadata }) => kind === 'StatefulSet' && metadata.labels['app.kubernetes.io/component'] === component,
  ) as (KubernetesObject & { readonly spec: StatefulSetSpec }) | undefined;
