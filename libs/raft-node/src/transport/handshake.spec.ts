import { anIdentity } from '../../test/a-transport';
import { ClusterKey } from './cluster-key';
import { FRAME, FRAME_HEADER } from './frame';
import type { Agreement, Handshake, Party } from './handshake';
import { AcceptorHandshake, DiallerHandshake } from './handshake';
import type { ProtocolRange } from './hello';
import { Opener, RECORD_HEADER, Sealer } from './seal';

interface Traits {
  readonly secrets?: readonly string[];
  readonly clusterId?: string | null;
  readonly versions?: ProtocolRange;
}

function party(nodeId: string, { secrets = ['s'], clusterId = 'c', versions = [1, 1] }: Traits = {}): Party {
  return { identity: anIdentity(nodeId, clusterId), keys: secrets.map((secret) => new ClusterKey(secret)), versions };
}

const give = (to: Handshake, bytes: Buffer) => to.receive(bytes[FRAME_HEADER - 1]!, bytes.subarray(FRAME_HEADER));

/** The four frames of a handshake, and what came of it; throws what either side refuses. */
function shake(dialler: DiallerHandshake, acceptor: AcceptorHandshake) {
  const hello = dialler.begin();
  const answer = give(acceptor, hello);
  const proof = give(dialler, answer.send!);
  if (answer.refusal !== undefined) throw answer.refusal;
  const accepted = give(acceptor, proof.send!);
  const dialled = give(dialler, accepted.send!);
  if (accepted.refusal !== undefined) throw accepted.refusal;
  const frames = [hello, answer.send!, proof.send!, accepted.send!];
  return { frames, dialled: dialled.agreement!, accepted: accepted.agreement! };
}

const dialler = (of: Party = party('node-1'), expected: string | null = 'node-2') =>
  new DiallerHandshake(of, 'messages', expected);
const acceptor = (of: Party = party('node-2')) => new AcceptorHandshake(of);
const keys = ({ sendKey, receiveKey }: Agreement) => [sendKey, receiveKey].map((key) => key.export().toString('hex'));

describe('the handshake', () => {
  it('ends with the same keys on both sides, crosswise, and other ones each time', () => {
    const first = shake(dialler(), acceptor());
    const second = shake(dialler(), acceptor());
    expect(keys(first.dialled)).toEqual(keys(first.accepted).reverse());
    expect(new Set([first, second].flatMap(({ dialled }) => keys(dialled))).size).toBe(4);
    expect(first.accepted).toMatchObject({
      peer: anIdentity('node-1', 'c'),
      lane: 'messages',
      version: 1,
      sameCluster: true,
    });
  });

  it.each([
    ['another secret', [dialler(), acceptor(party('node-2', { secrets: ['t'] }))], 'secret'],
    ['another cluster', [dialler(), acceptor(party('node-2', { clusterId: 'd' }))], 'cluster'],
    ['another node than expected', [dialler(party('node-1'), 'node-3'), acceptor()], 'identity'],
    ['a node with its own name', [dialler(party('node-2'), null), acceptor()], 'identity'],
    ['only newer versions', [dialler(), acceptor(party('node-2', { versions: [2, 3] }))], 'protocol'],
  ] as const)('refuses %s', (_, [one, other], reason) => {
    expect(() => shake(one, other)).toThrow(expect.objectContaining({ reason }));
  });

  it('takes the newest version that both speak', () => {
    const { dialled } = shake(
      dialler(party('node-1', { versions: [1, 4] })),
      acceptor(party('node-2', { versions: [2, 3] })),
    );
    expect(dialled.version).toBe(3);
  });

  it('knows a cluster only when both belong to it', () => {
    const { dialled } = shake(dialler(party('node-1', { clusterId: null })), acceptor());
    expect(dialled.sameCluster).toBe(false);
  });

  it('lets secrets be rotated, one node after the other', () => {
    const [before, between, after] = [['old'], ['old', 'new'], ['new', 'old']].map((secrets) => [
      party('node-1', { secrets }),
      party('node-2', { secrets }),
    ]) as [Party[], Party[], Party[]];
    const pairs = [
      [before, between],
      [between, before],
      [between, after],
      [after, between],
    ];
    for (const [one, other] of pairs)
      expect(shake(dialler(one![0]), acceptor(other![1])).dialled.sameCluster).toBe(true);
    expect(() => shake(dialler(after[0]), acceptor(before[1]))).toThrow('does not know the cluster secret');
  });

  it('takes no proof of another session, whatever else of it is played again', () => {
    const { frames } = shake(dialler(), acceptor());
    const [hello, answer, proof, last] = frames as [Buffer, Buffer, Buffer, Buffer];
    const victim = acceptor();
    give(victim, hello);
    expect(() => give(victim, proof)).toThrow(expect.objectContaining({ reason: 'secret' }));
    const caller = dialler();
    give(caller, answer);
    expect(() => give(caller, last)).toThrow(expect.objectContaining({ reason: 'secret' }));
  });

  it('takes nothing back that it has sent itself', () => {
    const caller = dialler(party('node-1'), null);
    const { send } = give(caller, caller.begin());
    expect(() => give(caller, send!)).toThrow(expect.objectContaining({ reason: 'secret' }));
  });

  it('does not prove itself to itself by way of somebody in the middle', () => {
    // The proof that the node gives as a dialler is handed to the same node as an acceptor, hellos and all.
    const node = party('node-1');
    expect(() => shake(dialler(node, 'node-2'), acceptor(node))).toThrow(
      expect.objectContaining({ reason: 'identity' }),
    );
    const crossed = acceptor(node);
    const caller = dialler(node, null);
    const other = give(acceptor(node), caller.begin());
    const proof = give(caller, other.send!);
    give(crossed, other.send!);
    expect(() => give(crossed, proof.send!)).toThrow(expect.objectContaining({ reason: 'secret' }));
  });

  it.each([
    ['no JSON', 'hello'],
    ['no object', 'null'],
    ['another protocol', '{"protocol":"http"}'],
    ['no version', '{"protocol":"config-guardian-raft"}'],
    ['a short nonce', '{"protocol":"config-guardian-raft","versions":[1,1],"nonce":"AAAA"}'],
  ])('refuses a hello that is %s', (_, text) => {
    expect(() => acceptor().receive(FRAME.hello, Buffer.from(text))).toThrow(
      expect.objectContaining({ name: 'Refusal' }),
    );
  });

  it('lets no line break into a log, and no # into a member', () => {
    for (const nodeId of ['node-1\nwarn', 'node-1#x', '', 'n'.repeat(600)]) {
      const odd = { ...party('node-1'), identity: anIdentity(nodeId) };
      expect(() => give(acceptor(), dialler(odd).begin())).toThrow(expect.objectContaining({ reason: 'malformed' }));
    }
  });
});

describe('the seal of a record', () => {
  const { dialled, accepted } = shake(dialler(), acceptor());
  const sealed = (sealer: Sealer, text: string): Buffer => {
    const record = Buffer.concat([Buffer.alloc(RECORD_HEADER), Buffer.from(text)]);
    sealer.seal(record);
    return record.subarray(FRAME_HEADER);
  };

  it('opens in order, and only once', () => {
    const [sealer, opener] = [new Sealer(dialled.sendKey), new Opener(accepted.receiveKey)];
    const [first, second] = [sealed(sealer, 'first'), sealed(sealer, 'second')];
    expect(String(opener.open(first))).toBe('first');
    expect(String(opener.open(second))).toBe('second');
    expect(() => opener.open(second)).toThrow(expect.objectContaining({ reason: 'tampered' }));
  });

  it.each([
    ['changed', (record: Buffer) => (record[record.length - 1]! ^= 1)],
    ['sealed otherwise', (record: Buffer) => (record[0]! ^= 1)],
  ])('does not open what was %s', (_, change) => {
    const record = sealed(new Sealer(dialled.sendKey), 'text');
    change(record);
    expect(() => new Opener(accepted.receiveKey).open(record)).toThrow(expect.objectContaining({ reason: 'tampered' }));
  });

  it('does not open what was left out before, sent back, or cut', () => {
    const sealer = new Sealer(dialled.sendKey);
    const records = [sealed(sealer, 'first'), sealed(sealer, 'second')];
    expect(() => new Opener(accepted.receiveKey).open(records[1]!)).toThrow('seal');
    expect(() => new Opener(dialled.receiveKey).open(records[0]!)).toThrow('seal');
    expect(() => new Opener(accepted.receiveKey).open(records[0]!.subarray(0, 10))).toThrow('seal');
  });
});
