// `npm run cluster`: three nodes on this machine, each with its own data and its own PostgreSQL, in ./data/cluster.
// What is typed here kills, stops, starts and adds nodes; see docs/cluster.md.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LocalNode } from './cluster/local-node.mjs';

const founders = [1, 2, 3];
const root = fileURLToPath(new URL('..', import.meta.url));
const directory = join(root, 'data', 'cluster');
const secretFile = join(directory, 'secret');
const entry = join(root, 'dist', 'apps', 'server', 'src', 'main.js');
const help = `Type
  status     what each node says of itself
  kill 2     end node-2 as a power cut does (kill -9)
  stop 2     end node-2 in order
  start 2    start node-2 again
  start 4    start a node more, which joins the cluster
  quit       stop all (as Ctrl-C)
`;

mkdirSync(directory, { recursive: true, mode: 0o700 });
if (!existsSync(secretFile)) writeFileSync(secretFile, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });

const options = { directory, entry, secretFile, founders };
const nodes = new Map(founders.map((number) => [number, new LocalNode(number, options)]));

/** Nodes that joined in an earlier run are started again with `start`. */
function nodeOf(text) {
  const number = Number(/^(?:node-)?([1-9])$/.exec(text ?? '')?.[1]);
  if (Number.isNaN(number)) return undefined;
  const node = nodes.get(number) ?? new LocalNode(number, options);
  nodes.set(number, node);
  return node;
}

let stopping;
function stopAll() {
  const running = [...nodes.values()].filter((node) => node.isRunning);
  // A second Ctrl-C does not wait.
  if (stopping) return running.forEach((node) => void node.end('SIGKILL'));
  console.log('stopping all nodes ...');
  stopping = Promise.all(running.map((node) => node.end('SIGTERM'))).then(() => process.exit(0));
}

async function obey(line) {
  const [verb = '', name] = line.trim().split(/\s+/);
  const node = nodeOf(name);
  if (verb === '') return;
  if (verb === 'status') for (const one of nodes.values()) one.say(await one.status());
  else if (verb === 'quit' || verb === 'exit') stopAll();
  else if (verb === 'start' && node) node.start();
  else if (verb === 'stop' && node) await node.end('SIGTERM');
  else if (verb === 'kill' && node) await node.end('SIGKILL');
  else console.log(help);
}

async function tellHowToLogIn() {
  while (!stopping && (await Promise.all([...nodes.values()].map((node) => node.status()))).some(notReady))
    await wait(500);
  if (stopping) return;
  const file = [...nodes.values()].map((node) => node.passwordFile).find(Boolean);
  const password = process.env.ADMIN_PASSWORD ? 'the password in ADMIN_PASSWORD' : `the password in ${shown(file)}`;
  const urls = founders.map((number) => nodes.get(number).url).join('  ');
  console.log(`
The cluster is ready  ${urls}
API docs              ${nodes.get(1).url}/docs
Log in as             ${process.env.ADMIN_EMAIL ?? 'admin@example.com'} with ${password}, on any of them

${help}`);
}
const notReady = (status) => !status.startsWith('ready');
const shown = (file) => (file ? relative(process.cwd(), file) : 'the file admin-password of the node that led first');

process.on('SIGINT', stopAll);
process.on('SIGTERM', stopAll);
process.on('exit', () => nodes.forEach((node) => node.isRunning && void node.end('SIGKILL')));
for (const node of nodes.values()) node.start();
createInterface({ input: process.stdin }).on('line', (line) => void obey(line));
void tellHowToLogIn();
