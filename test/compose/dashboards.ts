import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './compose';

export const dashboardsDirectory = join(root, 'helm', 'config-guardian', 'dashboards');

export interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

export const dashboards = readdirSync(dashboardsDirectory).map((file) => ({
  file,
  dashboard: JSON.parse(readFileSync(join(dashboardsDirectory, file), 'utf8')) as Dashboard,
}));

/** What its panels ask, with Grafana's variables filled in as Grafana fills them in. */
export const queriesOf = ({ panels }: Dashboard) =>
  panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      title,
      expr: expr
        .replaceAll('$__rate_interval', '1m')
        .replaceAll('$namespace', 'compose')
        .replaceAll('$service', 'config-guardian'),
    })),
  );
