export * from './replicated-log';
