// Writes the dashboards of the chart, which docker-compose.yml mounts too, into the folder given or where they belong.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grafana } from './dashboards/grafana.mjs';
import { operators } from './dashboards/operators.mjs';

const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'helm', 'config-guardian', 'dashboards');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'operators.json'), `${JSON.stringify(grafana(operators), null, 2)}\n`);
