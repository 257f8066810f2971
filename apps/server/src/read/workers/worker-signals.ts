/**
 * They go to every process of a terminal or a container: the node hears them and says what is to be done. Without a
 * listener they would end the worker, or let everybody on this machine into it by Node's inspector; so the worker
 * imports this first.
 */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
  process.on(signal, () => undefined);
