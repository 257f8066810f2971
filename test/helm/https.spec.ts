import { parseEnvironment } from '../../apps/server/src/common/env';
import type { KubernetesObject } from './chart';
import { objectsOf, podsOf, sets, the, valuesOf } from './chart';
import { configOf, givenTo } from './settings';

const isHttps = (set: string) => Boolean((valuesOf(set) as { tls?: { existingSecret?: string } }).tls?.existingSecret);

it('is spoken in one set of values at least', () => {
  expect(sets.filter(isHttps)).toContain('tls');
});

describe.each(sets)('the API of the values %s', (set) => {
  const objects = objectsOf(set);
  const scheme = isHttps(set) ? 'https' : 'http';
  const containers = (['member', 'replica'] as const).flatMap(
    (component) => podsOf(objects, component)?.spec.template.spec.containers ?? [],
  );

  it(`speaks ${scheme}, and says so to peers, probes and services`, () => {
    for (const container of containers) {
      const { tlsCert, apiAdvertise } = parseEnvironment({
        ...givenTo(container, 'config-guardian-0'),
        CLUSTER_JOIN: 'a:1',
      });
      expect(tlsCert !== null).toBe(scheme === 'https');
      expect(apiAdvertise).toBe(`${scheme}://config-guardian-0.config-guardian-peers.config.svc.cluster.local:8080`);
      for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe])
        expect(probe?.httpGet?.scheme).toBe(scheme.toUpperCase());
    }
    const services = objects.filter(({ kind }) => kind === 'Service') as (KubernetesObject & {
      spec: { ports: readonly { name: string; appProtocol?: string }[] };
    })[];
    const http = services.flatMap(({ spec }) => spec.ports).filter(({ name }) => name === 'http');
    expect(http.map(({ appProtocol }) => appProtocol)).toEqual(services.map(() => scheme));
  });

  it('is scraped as it speaks', () => {
    const monitors = objects.filter(({ kind }) => kind === 'ServiceMonitor');
    for (const { spec } of monitors)
      expect(spec).toMatchObject({
        endpoints: [
          scheme === 'http'
            ? { port: 'http' }
            : {
                scheme: 'https',
                tlsConfig: {
                  serverName: 'config-guardian.config.svc',
                  ca: { secret: { name: 'config-guardian-tls', key: 'ca.crt' } },
                },
              },
        ],
      });
  });
});

it('believes the Ingress and refuses what clients asked it over plain HTTP, with and without HTTPS behind it', () => {
  for (const set of ['production', 'tls']) {
    const objects = objectsOf(set);
    const [container] = podsOf(objects, 'member')!.spec.template.spec.containers;
    const { requireHttps, trustProxy } = parseEnvironment({
      ...configOf(objects),
      ...givenTo(container!, 'config-guardian-0'),
      CLUSTER_JOIN: 'a:1',
    });
    expect({ requireHttps, trusts: trustProxy !== false }).toEqual({ requireHttps: true, trusts: true });
    expect(the(objects, 'Ingress').spec).toHaveProperty('tls');
  }
});
