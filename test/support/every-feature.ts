export { aFullRegistry } from '../../apps/server/src/every-feature';
