// The page of a soak: one file, no script, nothing loaded from elsewhere.
import { chart } from './chart.mjs';

const escape = (text) => String(text).replace(/[&<>"]/g, (letter) => `&#${letter.codePointAt(0)};`);
const number = (value) =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');

const STYLE = `
  body { font: 15px/1.5 system-ui, sans-serif; color: #1d2733; background: #fff; max-width: 1080px; margin: 32px auto; padding: 0 20px; }
  h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 28px 0 6px; }
  p { margin: 4px 0; } .muted { color: #5d6b7a; }
  table { border-collapse: collapse; margin: 12px 0; } td, th { text-align: left; padding: 5px 14px 5px 0; border-bottom: 1px solid #e6eaee; vertical-align: top; }
  .ok { color: #1a7f4b; font-weight: 600; } .broken { color: #b42318; font-weight: 600; }
  .figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 18px 0; }
  .figure { border: 1px solid #e6eaee; border-radius: 8px; padding: 10px 16px; min-width: 150px; } .figure b { display: block; font-size: 21px; }
  svg { width: 100%; height: auto; display: block; } code { white-space: pre-wrap; }
`;

const COLOURS = { blue: '#2563a8', orange: '#d9730d', red: '#c0362c', green: '#2e8b57', grey: '#8895a3' };

const charts = (intervals) => {
  const x = intervals.map(({ minute }) => minute);
  const bands = intervals.map(({ phase }) => phase);
  const line = (name, colour, of) => ({ name, colour, values: intervals.map(of) });
  const { blue, orange, red, green, grey } = COLOURS;
  const three = (of) => [
    line('median', blue, (one) => of(one).p50),
    line('99 of 100', orange, (one) => of(one).p99),
    line('slowest', red, (one) => of(one).max),
  ];
  const hasKeeper = intervals.some(({ watched }) => watched.keeperRssMib !== undefined);
  return [
    [
      'Requests answered',
      'per second',
      [
        line('answered', blue, (one) => one.perSecond),
        line('closes by the clock', green, (one) => (one.closes * one.perSecond) / Math.max(1, one.latency.count)),
      ],
    ],
    ['Answers', 'ms after the request was due', three((one) => one.latency), true],
    ['Closes by the clock', 'ms after the deadline', three((one) => one.lateness), true],
    [
      'Memory',
      'MiB',
      [
        line('server', blue, ({ watched }) => watched.rssMib),
        ...(hasKeeper ? [line('keeper of the log', green, ({ watched }) => watched.keeperRssMib ?? 0)] : []),
      ],
    ],
    ['Open files and connections', '', [line('of the server', blue, ({ watched }) => watched.openFiles ?? 0)]],
    [
      'Files',
      'MiB',
      [
        line('events.db', blue, ({ watched }) => watched.eventsMib),
        line('views.db', green, ({ watched }) => watched.viewsMib),
      ],
    ],
    [
      'Write-ahead logs',
      'MiB',
      [
        line('events.db-wal', blue, ({ watched }) => watched.walMib),
        line('views.db-wal', green, ({ watched }) => watched.viewsWalMib),
      ],
    ],
    ['Processor', '% of one core', [line('server', grey, ({ watched }) => watched.cpuPercent)]],
  ].map(
    ([title, unit, lines, isLog]) =>
      `<h2>${title} <span class="muted">${unit}</span></h2>${chart({ x, lines, bands, isLog })}`,
  );
};

const figure = (value, what) => `<div class="figure"><b>${value}</b><span class="muted">${what}</span></div>`;

export const htmlOf = (result) => {
  const {
    minutes,
    rate,
    herd,
    seed,
    overGateway,
    startedAt,
    events,
    acknowledged,
    timeouts,
    latency,
    lateness,
    verdicts,
    broken,
    outcomes,
    intervals,
  } = result;
  const isKept = verdicts.every(({ ok }) => ok);
  const rows = verdicts.map(
    ({ what, ok, found }) =>
      `<tr><td class="${ok ? 'ok' : 'broken'}">${ok ? 'kept' : 'broken'}</td><td>${escape(what)}</td><td>${escape(found)}</td></tr>`,
  );
  const answers = Object.entries(outcomes)
    .sort(([, a], [, b]) => b - a)
    .map(
      ([what, times]) =>
        `<tr><td>${escape(what === '200' ? 'read or configured' : what)}</td><td>${number(times)}</td></tr>`,
    );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Lapse soak, ${minutes.toFixed(1)} min</title><style>${STYLE}</style>
<h1>${minutes.toFixed(1)} minutes of traffic: <span class="${isKept ? 'ok' : 'broken'}">${isKept ? 'everything kept' : 'a promise was broken'}</span></h1>
<p class="muted">Began ${startedAt}; ${number(rate)} requests a second, a herd of ${number(herd)} deadlines in one millisecond each minute, then bursts; ${overGateway ? 'over the gateway' : 'embedded store'}; seed ${seed}.</p>
<div class="figures">
${figure(number(acknowledged), 'acknowledged commands')}${figure(number(events), 'events in the log')}${figure(number(timeouts), 'closes by the clock')}
${figure(`${latency.p50.toFixed(1)} / ${number(latency.p99)} ms`, `answers: median / 99 of 100 (slowest ${number(latency.max)} ms)`)}
${figure(`${number(lateness.p50)} / ${number(lateness.p99)} ms`, `late: median / 99 of 100 (latest ${number(lateness.max)} ms)`)}
</div>
<table>${rows.join('\n')}</table>
${broken.length > 0 ? `<h2>Broken</h2>${broken.map((one) => `<p><code>${escape(JSON.stringify(one))}</code></p>`).join('')}` : ''}
<p class="muted">Shaded: orange a herd, blue bursts.</p>
${charts(intervals).join('\n')}
<h2>Answers by kind</h2><table>${answers.join('\n')}</table>
</html>
`;
};
