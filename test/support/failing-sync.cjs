/**
 * Loaded before the server (`NODE_OPTIONS=--require`), in its threads too: once a file `fail-next-sync` lies beside
 * DATA_DIR, the next fdatasync fails as that of a broken disk does. The ones after it succeed, also as on a real disk.
 */
const fs = require('node:fs');
const { dirname, join } = require('node:path');

const order = join(dirname(process.env.DATA_DIR), 'fail-next-sync');
const { fdatasyncSync } = fs;

fs.fdatasyncSync = (descriptor) => {
  if (!fs.existsSync(order)) return fdatasyncSync(descriptor);
  fs.rmSync(order);
  throw Object.assign(new Error('EIO: i/o error, fdatasync'), { errno: -5, code: 'EIO', syscall: 'fdatasync' });
};
