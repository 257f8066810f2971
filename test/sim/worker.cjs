/** The thread of a simulation: the sources are loaded with the bug that the thread is for. */
require('./register.cjs');
const { parentPort, workerData } = require('node:worker_threads');
const { simulate } = require('./simulation.ts');

const { mutant } = workerData;
if (mutant && !mutant.planted) throw new Error(`mutant "${mutant.name}": ${mutant.file} is not part of the simulation`);
parentPort.on('message', (options) => parentPort.postMessage(simulate(options)));
