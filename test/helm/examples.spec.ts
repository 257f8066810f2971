import { ExternalSecret } from '@kubernetes-models/external-secrets/external-secrets.io/v1beta1/ExternalSecret';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { objectsOf, podsOf, root, valuesOf } from './chart';

const example = (name: string): unknown => parse(readFileSync(join(root, 'helm', 'examples', `${name}.yaml`), 'utf8'));

/** The Secret and its keys that the pods of these values ask for, from volumes and from the environment. */
function askedFor(set: string): { readonly names: readonly string[]; readonly keys: readonly string[] } {
  const text = JSON.stringify(podsOf(objectsOf(set), 'member')!.spec);
  const { secret } = valuesOf(set) as { secret: { existingSecret: string } };
  const mounted = [...text.matchAll(/\{"key":"([\w-]+)","path":/g)].map(([, key = '']) => key);
  const inEnvironment = [...text.matchAll(/"secretKeyRef":\{"name":"([\w-]+)","key":"([\w-]+)"\}/g)]
    .filter(([, name]) => name === secret.existingSecret)
    .map(([, , key = '']) => key);
  return { names: [secret.existingSecret], keys: [...new Set([...mounted, ...inEnvironment])].sort() };
}

const wanted = askedFor('production');

it('are looked for in every place that the chart takes a key from', () => {
  const others = ['admin-password', 'cluster-secret', 'jwt-secrets', 'password-peppers', 'postgres-password'];
  expect(wanted.keys).toEqual(others);
});

describe('the ExternalSecret', () => {
  interface Wanted {
    readonly apiVersion: string;
    readonly spec: {
      readonly target: { readonly name: string };
      readonly data: readonly { readonly secretKey: string; readonly remoteRef: { readonly property: string } }[];
    };
  }
  const external = example('external-secrets') as Wanted;

  it('is valid, as far as v1beta1 knows it', () => {
    expect(external.apiVersion).toBe('external-secrets.io/v1');
    type Given = ConstructorParameters<typeof ExternalSecret>[0];
    const older = (spec: object) =>
      new ExternalSecret({ ...external, apiVersion: 'external-secrets.io/v1beta1', spec } as unknown as Given);
    expect(() => older(external.spec).validate()).not.toThrow();
    expect(() => older({ ...external.spec, data: [{ secretKey: 1 }] }).validate()).toThrow();
  });

  it('makes the Secret that the chart asks for, with each of its keys', () => {
    const { target, data } = external.spec;
    expect(wanted.names).toEqual([target.name]);
    expect(data.map(({ secretKey }) => secretKey).sort()).toEqual(wanted.keys);
    for (const { secretKey, remoteRef } of data) expect(remoteRef.property).toBe(secretKey);
  });
});

describe('the SecretProviderClass', () => {
  const { metadata, spec } = example('secrets-store') as {
    metadata: { name: string };
    spec: {
      parameters: { objects: string };
      secretObjects: readonly { secretName: string; data: readonly { objectName: string; key: string }[] }[];
    };
  };

  it('makes the Secret that the chart asks for, with each of its keys, of what it fetches', () => {
    const [{ secretName, data }] = spec.secretObjects as [(typeof spec.secretObjects)[number]];
    expect(wanted.names).toEqual([secretName]);
    expect(data.map(({ key }) => key).sort()).toEqual(wanted.keys);
    const fetched = (parse(spec.parameters.objects) as readonly { objectName: string }[]).map(
      (each) => each.objectName,
    );
    expect(data.map(({ objectName }) => objectName)).toEqual(fetched);
  });

  it('is mounted by each container of a node whose values name it, and by no other', () => {
    for (const set of ['secrets-store', 'production']) {
      const pod = podsOf(objectsOf(set), 'member')!.spec.template.spec;
      const isAsked = set === 'secrets-store';
      const volume = pod.volumes.find(({ name }) => name === 'secrets-store');
      expect(volume ?? null).toEqual(
        isAsked
          ? expect.objectContaining({
              csi: {
                driver: 'secrets-store.csi.k8s.io',
                readOnly: true,
                volumeAttributes: { secretProviderClass: metadata.name },
              },
            })
          : null,
      );
      expect(pod.containers[0]?.volumeMounts.some(({ name }) => name === 'secrets-store')).toBe(isAsked);
    }
  });
});
