// Writes the dashboards of the chart, which docker-compose.yml mounts too, into the folder given or where they belong.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { grafana } from './dashboards/grafana.mjs';
import { owners } from './dashboards/owners.mjs';
import { operators } from './dashboards/operators.mjs';

const folder = process.argv[2] ?? join(import.meta.dirname, '..', 'helm', 'config-guardian', 'dashboards');
mkdirSync(folder, { recursive: true });
for (const [name, dashboard] of Object.entries({ operators, owners }))
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(grafana(dashboard), null, 2)}\n`);
