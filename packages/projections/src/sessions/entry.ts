import type { SessionState } from '@lapse/domain';
import type { IdsOfEntry } from './known-ids.js';

/** A session as it is known now. */
export interface SessionHandle {
  /** The row's key: 1, 2, 3 … in the order in which the log first names sessions. The same after every rebuild. */
  readonly key: number;
  readonly id: string;
  /** Changes with every page: read it at once, or copy it. */
  readonly state: SessionState;
}

/** One session in memory: its fold, its row, and which ids its stream bears. */
export interface SessionEntry extends SessionHandle, IdsOfEntry {
  state: SessionState;
  /** The store's number of its stream, where it has one and has named it since the entry is in memory. */
  streamKey: number | undefined;
  /** It has changed since its row was written. */
  dirty: boolean;
  /** Its row exists. */
  stored: boolean;
  /** The page that touched it last, so that observers hear of it once a page. */
  touchedBy: number;
  /** Index of its last event in that page. */
  touchedAt: number;
}
