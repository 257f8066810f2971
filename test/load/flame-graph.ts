import type { Frame, SelfTime } from './cpu-profile';

interface Drawn {
  readonly n: string;
  readonly t: number;
  readonly s: number;
  readonly c?: readonly Drawn[];
}

/** Thinner than a hair on any screen. */
const smallest = 0.0005;

function drawn({ name, total, self, children }: Frame, all: number): Drawn {
  const kept = [...children.values()].filter((child) => child.total >= all * smallest);
  kept.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { n: name, t: total, s: self, ...(kept.length > 0 && { c: kept.map((child) => drawn(child, all)) }) };
}

const script = `
const root = JSON.parse(document.getElementById('tree').textContent);
const graph = document.getElementById('graph'), told = document.getElementById('told');
const percent = (part) => (100 * part / root.t).toFixed(2) + ' %';
const color = (name) => {
  const hue = /node_modules|^[^ ]+ (@|[a-z-]+\\/)/.test(name) ? 200 : / (apps|libs)\\//.test(name) ? 30 : / node:/.test(name) ? 100 : 0;
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) % 1000;
  return 'hsl(' + hue + ',' + (45 + hash % 30) + '%,' + (62 + hash % 15) + '%)';
};
function draw(top) {
  graph.textContent = '';
  let deepest = 0;
  (function place(frame, left, width, depth) {
    if (width < 0.05) return;
    deepest = Math.max(deepest, depth);
    const box = document.createElement('div');
    box.textContent = frame.n;
    box.style.cssText = 'left:' + left + '%;width:' + width + '%;top:' + depth * 18 + 'px;background:' + color(frame.n);
    box.title = frame.n + '\\n' + percent(frame.t) + ' with what it calls, ' + percent(frame.s) + ' itself';
    box.onclick = () => draw(frame === top ? root : frame);
    graph.append(box);
    let at = left;
    for (const child of frame.c || []) {
      const wide = width * child.t / frame.t;
      place(child, at, wide, depth + 1);
      at += wide;
    }
  })(top, 0, 100, 0);
  graph.style.height = (deepest + 1) * 18 + 'px';
  told.textContent = top.n + ': ' + percent(top.t) + '. Click to zoom, and on the topmost to see all.';
}
draw(root);
`;

const style = `
body { font: 12px system-ui, sans-serif; margin: 1em; }
#graph { position: relative; }
#graph div { position: absolute; height: 17px; overflow: hidden; white-space: nowrap; border-radius: 2px; box-sizing: border-box;
  border-right: 1px solid white; cursor: pointer; padding-left: 2px; }
td:first-child { text-align: right; padding-right: 1em; }
`;

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** One page that needs nothing else: what called what and for how long, and the functions that took most. */
export function flameGraph(title: string, root: Frame, top: readonly SelfTime[]): string {
  const tree = JSON.stringify(drawn(root, root.total)).replaceAll('<', '\\u003c');
  const rows = top.map(
    ({ name, self }) => `<tr><td>${((100 * self) / root.total).toFixed(2)} %</td><td>${escaped(name)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style>
<h1>${escaped(title)}</h1><p id="told"></p><div id="graph"></div>
<h2>Most time of their own</h2><table>${rows.join('\n')}</table>
<script type="application/json" id="tree">${tree}</script><script>${script}</script></html>
`;
}
