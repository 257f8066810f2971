// Loaded into a node with --require. The node knows the real addresses of its peers, from its environment or from the
// cluster itself, and dials them; the file named by CLUSTER_LINKS says through which proxy each dial goes instead. It
// is read at every dial, as links are added while nodes run.
'use strict';
const { readFileSync } = require('node:fs');
const { Socket } = require('node:net');

const links = process.env.CLUSTER_LINKS;
const connect = Socket.prototype.connect;

/** The options object within the arguments of connect, whichever form they have; undefined for paths and ports alone. */
function optionsIn([first, second]) {
  if (Array.isArray(first)) return first[0]; // already normalized, as net.connect does
  if (first !== null && typeof first === 'object') return first;
  return typeof second === 'string' ? { host: second, port: first } : undefined;
}

function divertedTo(options) {
  if (options === undefined || options.port === undefined) return undefined;
  const address = `${options.host ?? 'localhost'}:${options.port}`;
  const proxy = JSON.parse(readFileSync(links, 'utf8'))[address];
  if (proxy === undefined) return undefined;
  const colon = proxy.lastIndexOf(':');
  return { host: proxy.slice(0, colon), port: Number(proxy.slice(colon + 1)) };
}

if (links !== undefined) {
  Socket.prototype.connect = function (...args) {
    const options = optionsIn(args);
    const diverted = divertedTo(options);
    if (diverted === undefined) return connect.apply(this, args);
    if (Array.isArray(args[0])) {
      Object.assign(args[0][0], diverted); // the array carries a mark of Node's own
      return connect.apply(this, args);
    }
    const callback = args.find((arg) => typeof arg === 'function');
    return connect.call(this, { ...options, ...diverted }, ...(callback ? [callback] : []));
  };
}
