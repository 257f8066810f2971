// Ends what a test run leaves behind when it is killed itself: it holds the other end of a pipe, on which the run says
// "+pid" and "-pid", and "! directory" for what is to be removed. When the pipe closes, the run is over.
'use strict';
const { rmSync } = require('node:fs');
const { createInterface } = require('node:readline');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
const processes = new Set();
const directories = new Set();

createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line.startsWith('+')) processes.add(Number(line.slice(1)));
    else if (line.startsWith('-')) processes.delete(Number(line.slice(1)));
    else if (line.startsWith('! ')) directories.add(line.slice(2));
    else if (line.startsWith('= ')) directories.delete(line.slice(2));
  })
  .on('close', () => {
    for (const pid of processes) {
      try {
        process.kill(pid, 'SIGKILL'); // a stopped process dies of it too
      } catch {
        // it has ended by itself
      }
    }
    // The databases of killed nodes shut down by themselves, and write until they have.
    setTimeout(
      () => {
        for (const directory of directories)
          rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
      },
      1_000 * Math.sign(processes.size),
    );
  });
