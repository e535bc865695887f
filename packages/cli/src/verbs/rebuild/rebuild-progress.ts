import { paceOf, type Place, type RebuildRecord } from '@lapse/projections';
import { placeNumber } from '@lapse/engine';
import type { Io } from '../../io.js';
import { grouped, Progress } from '../../progress.js';

/** Machines get no more lines than this. */
const JSON_INTERVAL_MS = 1_000;

/** Shows how far a rebuild is: for people on stderr, with `--json` as lines among the results. */
export class RebuildProgress {
  private readonly line: Progress;
  private toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly io: Io,
    private readonly asJson: boolean,
    private readonly title: string,
  ) {
    this.line = new Progress(io, title);
  }

  readonly report = (record: RebuildRecord, position: Place): void => {
    if (this.asJson) this.reportJson(record, position);
    else this.line.reportText(() => progressText(this.title, record, position));
  };

  finish(text: string): void {
    if (!this.asJson) this.line.finish(text);
  }

  private reportJson(record: RebuildRecord, position: Place): void {
    const nowMs = this.io.nowMs();
    if (nowMs - this.toldAtMs < JSON_INTERVAL_MS) return;
    this.toldAtMs = nowMs;
    const { share, eventsPerSecond, etaSeconds } = paceOf(record, position, placeNumber);
    const percent = share === undefined ? null : Math.round(share * 1_000) / 10;
    const { target, events, parked } = record;
    const rate = { eventsPerSecond: eventsPerSecond ?? null, etaSeconds: etaSeconds ?? null };
    this.io.out(`${JSON.stringify({ kind: 'progress', position, target, percent, events, ...rate, parked })}\n`);
  }
}

/** `rebuild  at 1 204 000 of 5 000 000  24%  812 000 events/s  eta 5 s` */
const progressText = (title: string, record: RebuildRecord, position: Place): string => {
  const { share, eventsPerSecond, etaSeconds } = paceOf(record, position, placeNumber);
  const percent = share === undefined ? '' : `  ${Math.floor(share * 100)}%`;
  const rate = eventsPerSecond === undefined ? '' : `  ${grouped(Math.round(eventsPerSecond))} events/s`;
  const eta = etaSeconds === undefined ? '' : `  eta ${Math.ceil(etaSeconds)} s`;
  const parked = record.parked === 0 ? '' : `  ${grouped(record.parked)} streams parked`;
  return `${title}  at ${shownPlace(position)} of ${shownPlace(record.target)}${percent}${rate}${eta}${parked}`;
};

/** Event counts are easier to read in groups; what a server calls a position is shown as it is. */
export const shownPlace = (place: Place): string => (/^\d+$/.test(place) ? grouped(Number(place)) : place);
