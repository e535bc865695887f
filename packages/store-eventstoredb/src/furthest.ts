import type { Position } from '@lapse/store';
import { laterOf } from './position.js';

/** The furthest place of the log at which an event is known to stand: whatever is written from now on comes behind it. */
export class Furthest {
  private known: Position | 'start' = 'start';

  get place(): Position | 'start' {
    return this.known;
  }

  /** Servers before 22.6 do not tell every position: an empty one says nothing. */
  note(position: Position | undefined): void {
    if (position !== undefined && position !== '') this.known = laterOf(this.known, position);
  }
}
