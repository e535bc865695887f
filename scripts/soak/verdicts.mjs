// What a soak must have kept. Times depend on the machine and are shown, not judged; what grows without a bound is.
import { median } from './percentiles.mjs';

const WAL_MIB_MAX = 128;
/** Of the looks themselves some connections are still open. */
const OPEN_FILES_MORE_MAX = 30;
/** Of the memory in the second quarter, for what is still filled then: caches that have a bound. */
const GROWTH_FACTOR_MAX = 1.5;
const INTERVALS_FOR_GROWTH_MIN = 40;

const quarter = (values, nth) => values.slice((values.length * (nth - 1)) / 4, (values.length * nth) / 4);
const most = (values) => values.reduce((a, b) => Math.max(a, b), 0);

export const verdictsOf = ({
  before,
  atRest,
  brokenCount,
  broken,
  exitCodes,
  intervals,
  acknowledged,
  events,
  timeouts,
  cutOff,
  cutOffBy,
}) => {
  const watched = intervals.map((interval) => interval.watched);
  const looks = (said) => watched.filter(({ ready }) => ready === said).length;
  const rss = watched.map(({ rssMib }) => rssMib);
  const files = watched.map(({ openFiles }) => openFiles ?? 0);
  const wal = most(watched.map(({ walMib }) => walMib));
  const [early, late] = [median(quarter(rss, 2)), median(quarter(rss, 4))];
  const filesMore = (atRest.openFiles ?? 0) - (before.openFiles ?? 0);
  const isLong = intervals.length >= INTERVALS_FOR_GROWTH_MIN;
  return [
    {
      what: 'nothing lost, doubled, early, late or wrong',
      ok: brokenCount === 0,
      found:
        brokenCount === 0
          ? `${acknowledged} answers held against ${events} events, ${timeouts} closes by the clock`
          : `${brokenCount}, the first: ${JSON.stringify(broken[0])}`,
    },
    {
      what: 'every request was answered at once',
      ok: cutOff === 0,
      found: cutOff === 0 ? 'no connection broke' : `${cutOff} were not: ${JSON.stringify(cutOffBy)}`,
    },
    {
      what: 'ready all the time',
      ok: looks('not ready') === 0,
      found: `${looks('ready')} of ${watched.length} looks, ${looks('no answer')} without an answer in time`,
    },
    { what: 'SIGTERM ended it with 0', ok: exitCodes.every((code) => code === 0), found: exitCodes.join(', ') },
    { what: 'the write-ahead log stays bounded', ok: wal <= WAL_MIB_MAX, found: `${wal.toFixed(1)} MiB at most` },
    {
      what: 'file handles are given back',
      ok: filesMore <= OPEN_FILES_MORE_MAX,
      found: `${most(files)} at most, ${atRest.openFiles ?? '?'} at rest, ${before.openFiles ?? '?'} before`,
    },
    {
      what: 'memory levels off',
      ok: !isLong || late <= early * GROWTH_FACTOR_MAX,
      found: `${early.toFixed(0)} MiB in the second quarter, ${late.toFixed(0)} MiB in the last${isLong ? '' : ' (too short to tell)'}`,
    },
  ];
};
