import type { Environment } from '../common/env';
import { release } from '../common/release';

/** Who tells: the same for traces and for metrics. */
export const resourceOf = ({ serviceName, nodeId }: Pick<Environment, 'serviceName' | 'nodeId'>) => ({
  'service.name': serviceName,
  'service.version': release,
  'service.instance.id': nodeId,
});
