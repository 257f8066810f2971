// Loaded into a node with --require: the name server of its machine is the one of the test.
'use strict';
const dns = require('node:dns');

const server = process.env.TEST_NAME_SERVER;
if (server !== undefined) {
  dns.setServers([server]);
  dns.promises.setServers([server]);
}
