// Sends the process SIGNAL_WHILE_LOADING when its entry loads node:http, and waits until the signal has done what it does.
const Module = require('node:module');

const { _load: load } = Module;
Module._load = function (request, parent, isMain) {
  if (request === 'node:http' && parent?.id === '.') {
    Module._load = load;
    process.stderr.write(`${process.env.SIGNAL_WHILE_LOADING} is sent\n`);
    process.kill(process.pid, process.env.SIGNAL_WHILE_LOADING);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  return load.call(this, request, parent, isMain);
};
