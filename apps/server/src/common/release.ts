/** The version in package.json; a test holds that it is. */
export const release = '0.1.0';

/** What the members of a cluster have agreed on may be no newer than this build understands. */
export const newestClusterVersion = 1;
