import { anAuthority } from '../../../../../libs/raft-node/test/a-certificate';
import { parseEnvironment } from '../env';

const { issue, ca } = anAuthority('those who ask');
const [{ cert, key }, other] = [issue('127.0.0.1'), issue('127.0.0.1')];
const broken = ca.replace(/\n.*\n/, '\nAAAA\n');

describe('the settings of HTTPS', () => {
  it.each<[Record<string, string>, RegExp]>([
    [{ TLS_CERT: cert }, /^TLS_KEY: got no value beside TLS_CERT/],
    [{ TLS_KEY: key }, /^TLS_CERT: got no value beside TLS_KEY/],
    [{ TLS_CERT: cert, TLS_KEY: other.key }, /^TLS_CERT: got what cannot be used/],
    [{ TLS_CERT: '/nowhere/cert.pem', TLS_KEY: key }, /^TLS_CERT: got /],
    [{ ADMIN_TLS_CA: ca }, /^ADMIN_TLS_CA: got a value without TLS_CERT/],
    [{ TLS_CERT: cert, TLS_KEY: key, ADMIN_TLS_CA: ca, READ_WORKERS: '2' }, /^ADMIN_TLS_CA: got a value beside READ_/],
    [{ TLS_CERT: cert, TLS_KEY: key, ADMIN_TLS_CA: broken }, /^ADMIN_TLS_CA: got what cannot be used/],
    [{ REQUIRE_HTTPS: 'true' }, /^REQUIRE_HTTPS: got "true" without TLS_CERT or TRUST_PROXY/],
  ])('refuse %#', (variables, message) => {
    expect(() => parseEnvironment(variables)).toThrow(message);
    try {
      parseEnvironment(variables);
    } catch (error) {
      expect((error as Error).message).not.toContain('PRIVATE');
    }
  });

  it('take a pair that fits', () => {
    expect(parseEnvironment({ TLS_CERT: cert, TLS_KEY: key, REQUIRE_HTTPS: 'true' }).tlsCert?.text).toBe(cert);
  });
});

describe('TRUST_PROXY', () => {
  it.each<[string, unknown]>([
    ['false', false],
    ['0', false],
    ['true', 1],
    ['2', 2],
    ['10.0.0.0/8, loopback,::1', ['10.0.0.0/8', 'loopback', '::1']],
  ])('%s is understood', (value, understood) => {
    expect(parseEnvironment({ TRUST_PROXY: value }).trustProxy).toEqual(understood);
  });

  it.each(['yes', '-1', '10.0.0.0/33', 'proxy.example.com', '10.0.0.1/', '10.0.0.1,,'])('%s is refused', (value) => {
    expect(() => parseEnvironment({ TRUST_PROXY: value })).toThrow(/^TRUST_PROXY: got /);
  });
});
