import { listActivity, type ActivityPage, type ListActivity } from '../activity/queries.js';
import type { KeyedRows } from '../keyed/keyed-rows.js';
import type { Views } from '../views/views.js';
import { ALL_MERCHANTS, merchants, NO_MERCHANT, type MerchantRow } from './projector.js';
import { merchantVersions, versionKey, type MerchantVersionRow } from './versions.js';

export interface MerchantEntry extends Readonly<MerchantRow> {
  readonly merchantId: string;
}

export interface MerchantPage {
  readonly merchants: readonly MerchantEntry[];
  /** For the page behind this one: the last merchant's id. */
  readonly next: string | undefined;
}

export interface MerchantVersionPage {
  /** Newest first. */
  readonly versions: readonly MerchantVersionRow[];
  /** For the page behind this one: the last one's revision in the merchant's stream. */
  readonly next: number | undefined;
}

const MERCHANT_LIMIT_MAX = 1_000;

/** What `merchants`, `merchant-versions` and `activity` say. */
export class MerchantQueries {
  private readonly counted: KeyedRows | undefined;
  private readonly versionRows: KeyedRows | undefined;

  constructor(
    private readonly views: Views,
    private readonly keyed: readonly KeyedRows[],
    private readonly flush: () => void,
  ) {
    this.counted = keyed.find(({ projector }) => projector.name === merchants.name);
    this.versionRows = keyed.find(({ projector }) => projector.name === merchantVersions.name);
  }

  byId(merchantId: string): MerchantEntry | undefined {
    const row = this.counted?.get(merchantId) as MerchantRow | undefined;
    return row === undefined ? undefined : { merchantId, ...row };
  }

  /** Over all merchants. */
  total(): Readonly<MerchantRow> {
    return (this.counted?.get(ALL_MERCHANTS) as MerchantRow | undefined) ?? merchants.start(ALL_MERCHANTS);
  }

  /** By id. */
  list(query: { readonly after?: string | undefined; readonly limit: number }): MerchantPage {
    const limit = clampLimit(query.limit);
    const rows = this.rowsOf(
      this.counted,
      `key > ? AND key NOT IN ('${ALL_MERCHANTS}', '${NO_MERCHANT}') ORDER BY key`,
      limit,
      query.after ?? '',
    );
    const found = rows.map(([key, row]) => ({ merchantId: key, ...(JSON.parse(row) as MerchantRow) }));
    return { merchants: found, next: found.length === limit ? found.at(-1)?.merchantId : undefined };
  }

  versions(query: {
    readonly merchantId: string;
    readonly before?: number | undefined;
    readonly limit: number;
  }): MerchantVersionPage {
    const limit = clampLimit(query.limit);
    const { merchantId, before } = query;
    // '0' is the character behind '/': everything that begins with the merchant's id and a slash lies between the two.
    const upTo = before === undefined ? `${merchantId}0` : versionKey(merchantId, before);
    const rows = this.rowsOf(this.versionRows, 'key > ? AND key < ? ORDER BY key DESC', limit, `${merchantId}/`, upTo);
    const versions = rows.map(([, row]) => JSON.parse(row) as MerchantVersionRow);
    return { versions, next: versions.length === limit ? versions.at(-1)?.revision : undefined };
  }

  activity(query: ListActivity): ActivityPage {
    this.flush();
    return listActivity(this.views, this.keyed, query);
  }

  private rowsOf(rows: KeyedRows | undefined, where: string, limit: number, ...keys: string[]): [string, string][] {
    if (rows === undefined) return [];
    this.flush();
    const sql = `SELECT key, row FROM ${rows.table} WHERE ${where} LIMIT ${limit}`;
    return this.views.reading(() => this.views.database.prepare(sql).all<[string, string]>(...keys));
  }
}

const clampLimit = (limit: number): number => Math.min(Math.max(Math.trunc(limit), 1), MERCHANT_LIMIT_MAX);
