const datasource = { type: 'prometheus', uid: '${datasource}' };
const columns = 24;

/** Grafana's JSON of a dashboard: rows of panels, laid out from left to right in the order they are told. */
export function grafana({ uid, title, rows }) {
  const panels = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: 'row',
      title: row.title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: columns, h: 1 },
    });
    y += 1;
    let x = 0;
    let tallest = 0;
    for (const each of row.panels) {
      if (x + each.width > columns) [x, y, tallest] = [0, y + tallest, 0];
      panels.push(panel(each, panels.length + 1, { x, y, w: each.width, h: each.height }));
      x += each.width;
      tallest = Math.max(tallest, each.height);
    }
    y += tallest;
  }
  return {
    uid,
    title,
    tags: ['config-guardian'],
    timezone: 'browser',
    schemaVersion: 39,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    templating: {
      list: [
        { name: 'datasource', type: 'datasource', query: 'prometheus' },
        variable('namespace'),
        variable('service', 'namespace="$namespace"'),
      ],
    },
    panels,
  };
}

function variable(label, within = '') {
  const query = `label_values(config_guardian_raft_term{${within}}, ${label})`;
  return {
    name: label,
    type: 'query',
    datasource,
    definition: query,
    query: { query, refId: label },
    refresh: 2,
    sort: 1,
  };
}

function panel({ title, type, unit = 'short', worst, queries }, id, gridPos) {
  const steps =
    worst?.below !== undefined
      ? [
          { color: 'red', value: null },
          { color: 'green', value: worst.below },
        ]
      : [{ color: 'green', value: null }, ...(worst ? [{ color: 'red', value: worst.from }] : [])];
  return {
    id,
    type,
    title,
    datasource,
    gridPos,
    fieldConfig: { defaults: { unit, min: 0, thresholds: { mode: 'absolute', steps } }, overrides: [] },
    options:
      type === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi' } },
    targets: queries.map(({ expr, legend }, n) => ({
      refId: String.fromCharCode(65 + n),
      datasource,
      expr,
      legendFormat: legend ?? '',
    })),
  };
}
