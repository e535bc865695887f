import { activityAnswer, type ActivityAnswer } from '@lapse/api';
import { usageError } from '../cli-error.js';
import type { Io } from '../io.js';
import { grouped } from '../progress.js';
import { withService } from '../service/with-service.js';
import { bar } from '../show/bar.js';
import { duration } from '../show/duration.js';
import { print, type FolderFlags } from './verb.js';

export interface ActivityFlags extends FolderFlags {
  readonly merchant?: string;
  readonly from?: string;
  readonly to?: string;
}

type Hour = ActivityAnswer['hours'][number];

/** Shown where nobody says from when. */
const HOURS_DEFAULT = 24;
const PAGE_HOURS = 1_000;
/** More than a year. */
const HOURS_MAX = 10_000;

/** `lapse activity`: what happened hour by hour, the newest last. */
export const activityVerb = (io: Io, flags: ActivityFlags): Promise<void> =>
  withService(io, flags, async (service) => {
    const { merchant: merchantId, from, to } = flags;
    const wanted = from === undefined ? HOURS_DEFAULT : HOURS_MAX;
    const filter = { merchantId, from, to, limit: String(Math.min(wanted, PAGE_HOURS)) };
    const hours: Hour[] = [];
    let after: string | undefined;
    do {
      const page: ActivityAnswer = await service.get(`/v1/activity?${queryOf({ ...filter, after })}`, activityAnswer);
      hours.push(...page.hours);
      after = page.next ?? undefined;
    } while (after !== undefined && hours.length < wanted);
    if (after !== undefined && from !== undefined) throw usageError(`more than ${HOURS_MAX} hours: ask for fewer`);
    const shown = hours.slice(0, wanted).reverse();
    print(io, flags, { merchantId: merchantId ?? null, hours: shown }, () =>
      shown.length === 0 ? 'nothing happened' : table(shown),
    );
  });

const queryOf = (given: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(given)
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`]))
    .join('&');

const BAR_WIDTH = 20;
const HEADING = [
  'hour (UTC)',
  'opened',
  'closed',
  'messages',
  '',
  'first reply p50, p90',
  'in queue p50, p90',
  'closes',
];
/** Numbers stand to the right. */
const RIGHT = new Set([1, 2, 3]);

const table = (hours: readonly Hour[]): string => {
  const most = Math.max(...hours.map(messagesOf));
  const rows = [HEADING, ...hours.map((hour) => cells(hour, most))];
  const widths = HEADING.map((_, i) => Math.max(...rows.map((row) => (row[i] as string).length)));
  const padded = (cell: string, i: number): string =>
    RIGHT.has(i) ? cell.padStart(widths[i] as number) : cell.padEnd(widths[i] as number);
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
};

const messagesOf = ({ messages: { buyer, agent, automated } }: Hour): number => buyer + agent + automated;

const cells = (hour: Hour, most: number): string[] => {
  const closes = Object.entries(hour.closedByReason).sort(([, a], [, b]) => b - a);
  const closed = closes.reduce((sum, [, count]) => sum + count, 0);
  return [
    hour.startsAt.slice(0, 16).replace('T', ' '),
    grouped(hour.opened),
    grouped(closed),
    grouped(messagesOf(hour)),
    bar(messagesOf(hour), most, BAR_WIDTH),
    measured(hour.firstReply),
    measured(hour.wait),
    closes.map(([reason, count]) => `${grouped(count)} ${reason}`).join(', '),
  ];
};

const measured = ({ p50Ms, p90Ms }: Hour['wait']): string =>
  p50Ms === null || p90Ms === null ? '–' : `${roughly(p50Ms)}, ${roughly(p90Ms)}`;

/** Percentiles are within 1 %: no digit is shown that says more. */
const roughly = (ms: number): string => {
  const stepMs = ms >= 3_600_000 ? 60_000 : ms >= 60_000 ? 5_000 : 1_000;
  return duration(Math.round(ms / stepMs) * stepMs);
};
