/** Disks for tests: entered as `@config-guardian/raft-node/testing`, and by no product code. */
export { SimulatedDisk } from './disk/simulated-disk';
export type { SimulatedDiskOptions } from './disk/simulated-disk';
export { StallableFileSystem } from './disk/stallable-file-system';
