import { ALL_MERCHANTS } from '../merchants/projector.js';

export const HOUR_MS = 3_600_000;
/** How many merchants' last hours are remembered; beyond that remembering starts anew. */
const MERCHANTS_MAX = 10_000;

export const hourOf = (atMs: number): number => Math.floor(atMs / HOUR_MS);

const HOUR_TEXT_LENGTH = '2026-03-01T10'.length;

/** `m1/2026-03-01T10`: a merchant's hours stand together, in their order. */
export const activityKey = (merchantId: string, hour: number): string =>
  `${merchantId}/${new Date(hour * HOUR_MS).toISOString().slice(0, HOUR_TEXT_LENGTH)}`;

/** The hour of a key, in hours since 1970. */
export const hourOfKey = (key: string): number => hourOf(Date.parse(`${key.slice(-HOUR_TEXT_LENGTH)}:00:00.000Z`));

/** The row of a merchant's hour and the row of that hour over all merchants. Hours come in runs: each is spelt once. */
export class HourKeys {
  private readonly last = new Map<string, { readonly hour: number; readonly keys: readonly string[] }>();
  private allHour = -1;
  private allKey = '';

  of(merchantId: string, atMs: number): readonly string[] {
    const hour = hourOf(atMs);
    const known = this.last.get(merchantId);
    if (known?.hour === hour) return known.keys;
    if (this.last.size >= MERCHANTS_MAX) this.last.clear();
    const keys = [activityKey(merchantId, hour), this.ofAll(hour)];
    this.last.set(merchantId, { hour, keys });
    return keys;
  }

  private ofAll(hour: number): string {
    if (this.allHour !== hour) {
      this.allHour = hour;
      this.allKey = activityKey(ALL_MERCHANTS, hour);
    }
    return this.allKey;
  }
}
