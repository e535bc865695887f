// A line chart as SVG text.
const WIDTH = 1040;
const HEIGHT = 210;
const LEFT = 58;
const RIGHT = 12;
const TOP = 26;
const BOTTOM = 26;
const BANDS = { herd: '#fdf0e0', bursts: '#e9f1fa' };
const STEPS = [1, 2, 2.5, 5, 10];

/** A round step that cuts `span` into at most so many parts. */
const roundStep = (span, parts) => {
  const rough = Math.max(span / parts, 1e-9);
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * STEPS.find((step) => step * power >= rough - 1e-12);
};

const ticksTo = (max, parts) => {
  const step = roundStep(max, parts);
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, i) => i * step);
};

const shown = (value) => (value >= 1_000 ? value.toFixed(0) : String(Number(value.toPrecision(3))));

/** How values become heights: straight, or by powers of ten where the few largest would hide all others. */
const scaleOf = (max, isLog) => {
  const inner = HEIGHT - TOP - BOTTOM;
  if (isLog) {
    const top = Math.max(1, Math.ceil(Math.log10(Math.max(max, 1) + 1e-9)));
    const y = (value) => HEIGHT - BOTTOM - (inner * Math.log10(Math.max(value, 1))) / top;
    return { y, ticks: Array.from({ length: top + 1 }, (_, i) => 10 ** i) };
  }
  const ticks = ticksTo(max || 1, 4);
  return { y: (value) => HEIGHT - BOTTOM - (inner * value) / ticks.at(-1), ticks };
};

export const chart = ({ x, lines, bands, isLog = false }) => {
  const last = Math.max(x.at(-1) ?? 1, 1e-9);
  const across = (minute) => LEFT + ((WIDTH - LEFT - RIGHT) * minute) / last;
  const { y, ticks } = scaleOf(
    lines.flatMap(({ values }) => values).reduce((a, b) => Math.max(a, b), 0),
    isLog,
  );
  const shade = bands.map((band, i) => {
    if (BANDS[band] === undefined) return '';
    const from = across(x[i - 1] ?? 0);
    return `<rect x="${from.toFixed(1)}" y="${TOP}" width="${(across(x[i]) - from).toFixed(1)}" height="${HEIGHT - TOP - BOTTOM}" fill="${BANDS[band]}"/>`;
  });
  const grid = ticks.map((tick) => {
    const at = y(tick).toFixed(1);
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="#e6eaee"/><text x="${LEFT - 8}" y="${Number(at) + 4}" text-anchor="end">${shown(tick)}</text>`;
  });
  const minutes = ticksTo(last, 10).filter((tick) => tick <= last);
  const below = minutes.map(
    (tick) =>
      `<text x="${across(tick).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="middle">${shown(tick)}${tick === minutes.at(-1) ? ' min' : ''}</text>`,
  );
  const drawn = lines.map(({ colour, values }) => {
    const points = values.map((value, i) => `${across(x[i]).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="1.6" stroke-linejoin="round"/>`;
  });
  const legend = lines.map(
    ({ name, colour }, i) =>
      `<g transform="translate(${LEFT + i * 170},14)"><line x2="18" stroke="${colour}" stroke-width="3"/><text x="24" y="4">${name}</text></g>`,
  );
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" font-family="system-ui, sans-serif" font-size="11" fill="#5d6b7a">${[...shade, ...grid, ...below, ...drawn, ...legend].join('')}</svg>`;
};
