import { randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { memberId } from '@config-guardian/raft';
import type { MemberId } from '@config-guardian/raft';
import type { ClusterKey } from './cluster-key';
import { provenKey, transcriptOf } from './cluster-key';
import { FRAME, frame } from './frame';
import type { ConnectionLane, Hello, ProtocolRange } from './hello';
import { agreeOnVersion, decodeHello, encodeHello, inSameCluster } from './hello';
import { Refusal } from './refusal';
import type { PeerIdentity } from './transport';

/** What a node brings to a handshake. */
export interface Party {
  readonly identity: PeerIdentity;
  /** The first is used to dial, all are accepted. */
  readonly keys: readonly ClusterKey[];
  readonly versions: ProtocolRange;
  /** Members that were removed: nothing is said to them and nothing taken from them, but a single request. */
  readonly outcasts?: ReadonlySet<MemberId>;
}

/** What both sides know after it. */
export interface Agreement {
  readonly own: PeerIdentity;
  readonly peer: PeerIdentity;
  readonly lane: ConnectionLane;
  readonly version: number;
  /** Without it there are requests, and no messages. */
  readonly sameCluster: boolean;
  readonly sendKey: KeyObject;
  readonly receiveKey: KeyObject;
}

/** What to send, and whether that was all. `refusal` comes after what is sent, a thrown one instead of it. */
export interface Step {
  readonly send?: Buffer;
  readonly agreement?: Agreement;
  readonly refusal?: Refusal;
}

export interface Handshake {
  /** What is sent before anything has arrived. */
  begin(): Buffer | null;
  receive(type: number, payload: Buffer): Step;
}

interface Heard {
  readonly hello: Hello;
  readonly transcript: Buffer;
}

/**
 * Hello, hello, proof, proof. A proof is an HMAC over the role and both hellos with their random bytes, so it is worth
 * nothing in another connection and nothing in the other direction. The dialler proves first: who only asks around learns
 * nothing that was made with the secret.
 */
export class DiallerHandshake implements Handshake {
  private readonly hello: Buffer;
  private heard: Heard | null = null;

  /** `expected` is the node that must be at the other end; null when it is not known yet. */
  constructor(
    private readonly party: Party,
    private readonly lane: ConnectionLane,
    private readonly expected: string | null,
  ) {
    this.hello = newHello(party, lane);
  }

  begin(): Buffer {
    return frame(FRAME.hello, this.hello);
  }

  receive(type: number, payload: Buffer): Step {
    const key = this.party.keys[0]!;
    if (this.heard === null) {
      expectFrame(type, FRAME.hello);
      this.heard = { hello: decodeHello(payload), transcript: transcriptOf(this.hello, payload) };
      // Before anything is proved: who cannot be talked to must not be given a proof either.
      agreeOnVersion(this.party.versions, this.heard.hello.versions);
      return { send: frame(FRAME.proof, key.proof('dialler', this.heard.transcript)) };
    }
    expectFrame(type, FRAME.proof);
    const { hello, transcript } = this.heard;
    provenKey([key], 'acceptor', transcript, payload);
    if (this.expected !== null && hello.identity.nodeId !== this.expected) {
      throw new Refusal('identity', `it is ${hello.identity.nodeId}, not ${this.expected}`);
    }
    return {
      agreement: {
        ...terms(this.party, hello),
        lane: this.lane,
        sendKey: key.sessionKey('dialler', transcript),
        receiveKey: key.sessionKey('acceptor', transcript),
      },
    };
  }
}

export class AcceptorHandshake implements Handshake {
  private heard: Heard | null = null;

  constructor(private readonly party: Party) {}

  begin(): null {
    return null;
  }

  /** What it refuses after its own turn the dialler can see for itself, and tell its operator. */
  receive(type: number, payload: Buffer): Step {
    if (this.heard === null) {
      expectFrame(type, FRAME.hello);
      const hello = decodeHello(payload);
      const answer = newHello(this.party, hello.lane);
      this.heard = { hello, transcript: transcriptOf(payload, answer) };
      return orRefusal(frame(FRAME.hello, answer), () => {
        agreeOnVersion(this.party.versions, hello.versions);
        return {};
      });
    }
    expectFrame(type, FRAME.proof);
    const { hello, transcript } = this.heard;
    const key = provenKey(this.party.keys, 'dialler', transcript, payload);
    return orRefusal(frame(FRAME.proof, key.proof('acceptor', transcript)), () => ({
      agreement: {
        ...terms(this.party, hello),
        lane: hello.lane,
        sendKey: key.sessionKey('acceptor', transcript),
        receiveKey: key.sessionKey('dialler', transcript),
      },
    }));
  }
}

function orRefusal(send: Buffer, step: () => Step): Step {
  try {
    return { send, ...step() };
  } catch (error) {
    if (error instanceof Refusal) return { send, refusal: error };
    throw error;
  }
}

function newHello({ versions, identity }: Party, lane: ConnectionLane): Buffer {
  return encodeHello({ versions, lane, nonce: randomBytes(32), identity });
}

function terms(
  { identity, versions, outcasts }: Party,
  hello: Hello,
): Pick<Agreement, 'own' | 'peer' | 'version' | 'sameCluster'> {
  if (hello.lane !== 'once' && hello.identity.nodeId === identity.nodeId) {
    throw new Refusal('identity', `it says that it is ${identity.nodeId}, as this node is`);
  }
  const { nodeId, incarnation } = hello.identity;
  if (hello.lane !== 'once' && outcasts?.has(memberId(nodeId, incarnation))) {
    throw new Refusal('removed', `${nodeId} was removed from the cluster`);
  }
  return {
    own: identity,
    peer: hello.identity,
    version: agreeOnVersion(versions, hello.versions),
    sameCluster: inSameCluster(identity.clusterId, hello.identity.clusterId),
  };
}

function expectFrame(type: number, expected: number): void {
  if (type !== expected) throw new Refusal('protocol', `a frame of type ${type}, where ${expected} must come`);
}
