import { createHash, createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { Refusal } from './refusal';

/** Who speaks: each proof and each session key is bound to one, so nothing can be sent back to where it came from. */
export type Role = 'dialler' | 'acceptor';

/** What can be done with a cluster secret: prove that one knows it, and derive the keys of a session. */
export class ClusterKey {
  private readonly proving: KeyObject;
  private readonly deriving: KeyObject;

  constructor(secret: string) {
    if (secret === '') throw new RangeError('A cluster secret must not be empty.');
    this.proving = derive(createSecretKey(secret, 'utf8'), Buffer.alloc(0), 'proof');
    this.deriving = derive(createSecretKey(secret, 'utf8'), Buffer.alloc(0), 'session');
  }

  proof(role: Role, transcript: Buffer): Buffer {
    return createHmac('sha256', this.proving).update(`${role}\0`).update(transcript).digest();
  }

  proves(role: Role, transcript: Buffer, proof: Buffer): boolean {
    const expected = this.proof(role, transcript);
    return proof.length === expected.length && timingSafeEqual(proof, expected);
  }

  /** The key under which what `role` sends in this session is sealed. */
  sessionKey(role: Role, transcript: Buffer): KeyObject {
    return derive(this.deriving, transcript, role);
  }
}

/** All are tried, always, so that the time says nothing about which one it was. */
export function provenKey(keys: readonly ClusterKey[], role: Role, transcript: Buffer, proof: Buffer): ClusterKey {
  const [proven] = keys.filter((key) => key.proves(role, transcript, proof));
  if (proven === undefined) throw new Refusal('secret', 'it does not know the cluster secret of this node');
  return proven;
}

/** Both hellos with their lengths: no two pairs have the same. */
export function transcriptOf(dialler: Buffer, acceptor: Buffer): Buffer {
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(dialler.length, 0);
  lengths.writeUInt32LE(acceptor.length, 4);
  return createHash('sha256').update(lengths).update(dialler).update(acceptor).digest();
}

function derive(from: KeyObject, salt: Buffer, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', from, salt, `config-guardian raft ${purpose}`, 32)));
}
