// The first SIGUSR2 begins a CPU profile, the second writes it to PROFILE_FILE: the start of the node is not in it.
const { Session } = require('node:inspector');
const { renameSync, writeFileSync } = require('node:fs');

const file = process.env.PROFILE_FILE;
const session = new Session();
let isOn = false;

process.on('SIGUSR2', () => {
  if (!isOn) {
    isOn = true;
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: 500 });
    session.post('Profiler.start');
    return;
  }
  session.post('Profiler.stop', (error, result) => {
    writeFileSync(`${file}.part`, JSON.stringify(error ? { error: error.message } : result.profile));
    // Whoever waits for it finds it whole.
    renameSync(`${file}.part`, file);
  });
});
