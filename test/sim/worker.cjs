/** The thread of a simulation: the sources are loaded with the bug that the thread is for. */
require('./register.cjs');
const { parentPort, workerData } = require('node:worker_threads');

const { mutant, program } = workerData;
const { simulate } = require(program);
if (mutant && !mutant.planted) throw new Error(`mutant "${mutant.name}": ${mutant.file} is not part of the simulation`);
parentPort.on('message', async (options) => parentPort.postMessage(await simulate(options)));
