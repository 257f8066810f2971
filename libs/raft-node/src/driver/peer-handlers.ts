import { memberId } from '@config-guardian/raft';
import type { Message } from '@config-guardian/raft';
import type { PeerIdentity, TransportHandlers } from '../transport/transport';
import { PeerError } from '../transport/transport';
import { asPeerError, decodeRequest } from './leader-requests';
import type { RunningMember } from './running-member';

const done = new Uint8Array(0);

/** What the other members of the group send. The transport has proved who they are; here it counts whether they belong. */
export class PeerHandlers<Result> implements TransportHandlers {
  constructor(
    private readonly clusterId: string,
    private readonly running: () => RunningMember<Result> | undefined,
  ) {}

  /** Nobody speaks for another. Who is no member has no say, but that is the core's to know: it may lack the newest configuration. */
  readonly onMessage = (message: Message, from: PeerIdentity): void => {
    if (from.clusterId !== this.clusterId || message.from !== memberId(from.nodeId, from.incarnation)) return;
    this.running()?.receive(message);
  };

  readonly onRequest = async (method: string, body: Uint8Array, from: PeerIdentity): Promise<Uint8Array> => {
    const running = this.running();
    if (running === undefined) throw new PeerError('not-leader', 'This node is starting.');
    const member = memberId(from.nodeId, from.incarnation);
    if (from.clusterId !== this.clusterId || !running.isMember(member)) {
      throw new PeerError('not-a-member', `${member} is no member of this cluster.`);
    }
    switch (method) {
      case 'propose':
        return running.proposing.takeForwarded(body);
      case 'change-membership':
      case 'transfer-leadership': {
        const { request, timeoutMs } = decodeRequest(method, body);
        await running.serve(request, running.now() + timeoutMs).catch((error: unknown) => {
          throw asPeerError(error);
        });
        return done;
      }
      default:
        if (method.startsWith('snapshot/')) return running.traffic.serve(method, body, member);
        throw new PeerError('unknown-method', `This node does not know ${method}.`);
    }
  };

  readonly onUnreachable = (nodeId: string): void => this.running()?.unreachable(nodeId);

  readonly onPeer = (): void => undefined;
}
