/* A node that proposes without pause and prints the index of every acknowledged proposal, until it is killed. */
const [library, directory, settings = '{}'] = process.argv.slice(2);
const { loneMember, openRaftLog } = require(library);

const consumer = {
  appliedIndex: 0,
  membership: '',
  apply(entries) {
    this.appliedIndex = entries.at(-1).index;
    return entries.map((entry) => entry.index);
  },
  ready: () => Promise.resolve(),
};

async function run() {
  const log = await openRaftLog({
    directory,
    nodeId: 'node-1',
    begin: loneMember('node-1'),
    limits: JSON.parse(settings),
    onFatal: (error) => {
      console.error(error.message);
      process.exit(1);
    },
  });
  await log.start(consumer);
  process.stdout.write(`started ${log.status().lastIndex}\n`);
  let number = 0;
  const client = async () => {
    for (;;) {
      const text = `${process.pid} ${(number += 1)}`;
      const { index } = await log.propose(Buffer.from(text.padEnd(200)));
      process.stdout.write(`${index} ${text}\n`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, client));
}

run().catch((error) => {
  console.error(error);
  process.exit(1);
});
