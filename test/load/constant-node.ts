import { ConfigsService } from '../../apps/server/src/configs/configs.service';
import type { ConfigAnswer } from '../../apps/server/src/configs/configs.service';

/**
 * The server, all of it, whose config update answers a constant: the request takes the same way through Nest,
 * authenticated and with its body, and nothing is validated, decided or kept.
 */
let constant: ConfigAnswer | undefined;

ConfigsService.prototype.update = function (this: ConfigsService, projectId: string, key: string) {
  return Promise.resolve((constant ??= this.get(projectId, key)));
};

void import('../../apps/server/src/main.js');
