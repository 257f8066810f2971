// Turns what a node prints into lines for a person: its name in its colour, and JSON log lines as sentences.
const colours = [36, 33, 35, 32, 34, 31];
const levels = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const isColoured = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);

export function label(number) {
  return paint(colours[(number - 1) % colours.length], `node-${number} |`);
}

export function readable(line) {
  let entry;
  try {
    entry = JSON.parse(line);
  } catch {
    return line;
  }
  if (typeof entry?.msg !== 'string') return line;
  const { level, msg, req, res, responseTime, err } = entry;
  const request = req ? ` ${req.method} ${req.path} ${res?.status} in ${responseTime} ms` : '';
  const reason = err ? ` ${typeof err === 'string' ? err : (err.message ?? JSON.stringify(err))}` : '';
  const text = `${levels[level] ?? level} ${msg}${request}${reason}`;
  return level >= 40 ? paint(level >= 50 ? 31 : 33, text) : text;
}

/** Calls with each whole line of the stream. */
export function eachLine(stream, take) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') take(line);
  });
}
