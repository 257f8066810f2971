// What a process holds is known only when what it holds no more has been collected.
process.on('SIGUSR2', () => globalThis.gc());
