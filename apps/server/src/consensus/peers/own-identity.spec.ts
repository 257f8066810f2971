import { parseEnvironment } from '../../common/env';
import { ownApiAddress } from './own-identity';

describe('where clients reach this node', () => {
  it.each([
    [{}, 'http://127.0.0.1:8080'],
    [{ HOST: '::1', PORT: '9000' }, 'http://[::1]:9000'],
    [{ HOST: '0.0.0.0', RAFT_ADVERTISE: 'node-1.local:7400' }, 'http://node-1.local:8080'],
    [{ API_ADVERTISE: 'https://config.example.com/' }, 'https://config.example.com'],
  ])('%j: %s', (variables, url) => {
    expect(ownApiAddress(parseEnvironment(variables as Record<string, string>))).toBe(url);
  });
});
