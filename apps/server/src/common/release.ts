/** The version in package.json; a test holds that it is. */
export const release = '0.1.0';

/**
 * A cluster runs at a version that all its members understand. It is raised when the last of them runs a newer build,
 * and never lowered. A build that brings a new command version, or changes what the state is, makes this one greater.
 */
export const newestClusterVersion = 1;
