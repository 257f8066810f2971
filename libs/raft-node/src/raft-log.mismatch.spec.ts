import { configuration } from '@config-guardian/raft';
import { aNode } from '../test/a-cluster';
import { bytes, RecordingConsumer } from '../test/recording-consumer';
import { LogMismatch } from './log-mismatch';
import { openRaftLog } from './open-raft-log';

describe('the log of a group of one, when it starts', () => {
  it('refuses a database that is ahead of it, or behind its first entry, and says what to do', async () => {
    const node = await aNode({ limits: { keptEntries: 1, segmentBytes: 8192 } });
    for (let i = 0; i < 100; i += 1) await node.log.propose(bytes('x'.repeat(300)));
    node.log.release(101);
    await node.stop();
    await node.open(configuration([]));
    const ahead = node.log.start(new RecordingConsumer(102));
    await expect(ahead).rejects.toThrow(
      /database is ahead of the log.*entries \d+ to 101.*applied 102.*Restore DATA_DIR/,
    );
    await expect(ahead).rejects.toBeInstanceOf(LogMismatch);
    const { firstIndex } = node.log.status();
    expect(firstIndex).toBeGreaterThan(50);
    await expect(node.log.start(new RecordingConsumer(firstIndex - 2))).rejects.toThrow(
      /behind the log's first entry.*restore DATA_DIR/,
    );
    await node.log.start(new RecordingConsumer(firstIndex - 1));
    expect(node.log.status().appliedIndex).toBe(102);
  });

  it('refuses the log of another node, and a log of nobody', async () => {
    const node = await aNode();
    await node.stop();
    const common = { directory: '/log', fileSystem: node.disk, onFatal: () => undefined };
    await expect(openRaftLog({ ...common, nodeId: 'n2' })).rejects.toThrow(/belongs to node n1.*NODE_ID=n1/);
    await expect(openRaftLog({ ...common, directory: '/none', nodeId: 'n1' })).rejects.toThrow('no log in /none');
    await node.restart();
  });

  it('refuses a membership that it cannot read', async () => {
    const node = await aNode();
    await node.stop();
    await node.open(configuration([]));
    await expect(node.log.start(new RecordingConsumer(1, '{"voters":["n1"],"learners":[]}'))).rejects.toThrow(
      /membership kept at index 1 cannot be read/,
    );
  });
});
