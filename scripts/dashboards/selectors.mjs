// What the panels of all dashboards ask for: series of the cluster that was chosen.
export const ofTheCluster = 'job="config-guardian",namespace="$namespace",service="$service"';
export const series = (name, more = '') => `config_guardian_${name}{${ofTheCluster}${more && `,${more}`}}`;
export const node = (name) => `${name}{${ofTheCluster}}`;
export const requests = 'http_request_duration_seconds';
export const asked = 'route!~"/health|/ready|/metrics|/v1/watch.*"';
export const rate = (selector) => `rate(${selector}[$__rate_interval])`;
export const slowest = (q, more) =>
  `histogram_quantile(${q}, sum by (le) (${rate(series(`${requests}_bucket`, more))}))`;

export const stat = (title, expr, more = {}) => ({
  title,
  type: 'stat',
  width: 4,
  height: 4,
  queries: [{ expr }],
  ...more,
});
export const graph = (title, unit, ...queries) => ({ title, type: 'timeseries', unit, width: 8, height: 8, queries });

const ofTheService = '{namespace="$namespace",service="$service"}';
/** What a recording rule keeps of the cluster. */
export const record = (name) => `service:config_guardian_${name}${ofTheService}`;
/** Of the requests of clients that were answered, the share that failed at our end. */
export const errors = `${record('http_errors:rate5m')} / (${record('http_requests:rate5m')} > 0)`;
