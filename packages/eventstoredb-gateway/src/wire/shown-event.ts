import type { RecordedEvent } from '@lapse/store';

export type UuidForm = 'structured' | 'string';

/** An event as readers are shown it: a tombstone bears a revision that no number of JavaScript is. */
export interface ShownEvent extends Omit<RecordedEvent, 'revision' | 'position'> {
  readonly revision: number | string;
  readonly position: number;
}
