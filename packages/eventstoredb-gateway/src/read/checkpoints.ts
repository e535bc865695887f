import { NODE_PAGE_EVENTS } from './event-filter.js';

export interface Checkpoint {
  readonly commit: number;
  readonly prepare: number;
}

/**
 * When a filtered subscription tells how far it has looked, by a node's rules. While it catches up, at the end of a page
 * once enough events were considered: then at the page's last match or, where nothing matched, at the page's first event,
 * with prepare 0. Live, at every so many considered events. Never at a place behind which an undelivered match stands.
 */
export class Checkpoints {
  private counted = 0;
  private consideredInPage = 0;
  private matchedInPage = 0;
  private pageFirst = 0;
  private pageLastMatch = 0;
  private live = false;

  constructor(
    private readonly window: number,
    private readonly interval: number,
  ) {}

  /** Told of every event in order, after its answer; the checkpoint to send behind it, if one is due. */
  considered(position: number, matches: boolean): Checkpoint | undefined {
    return this.live ? this.consideredLive(position) : this.consideredInCatchUp(position, matches);
  }

  /** The end of the log is reached: from here on events count one by one. */
  goLive(): void {
    this.live = true;
    this.counted += this.consideredInPage;
  }

  private consideredLive(position: number): Checkpoint | undefined {
    this.counted += 1;
    if (this.counted < this.interval) return undefined;
    this.counted = 0;
    return { commit: position, prepare: position };
  }

  private consideredInCatchUp(position: number, matches: boolean): Checkpoint | undefined {
    if (this.consideredInPage === 0) this.pageFirst = position;
    this.consideredInPage += 1;
    if (matches) {
      this.matchedInPage += 1;
      this.pageLastMatch = position;
    }
    const pageIsFull = this.consideredInPage >= this.window || this.matchedInPage >= NODE_PAGE_EVENTS;
    return pageIsFull ? this.endPage() : undefined;
  }

  private endPage(): Checkpoint | undefined {
    const place =
      this.matchedInPage > 0
        ? { commit: this.pageLastMatch, prepare: this.pageLastMatch }
        : { commit: this.pageFirst, prepare: 0 };
    this.counted += this.consideredInPage;
    this.consideredInPage = 0;
    this.matchedInPage = 0;
    if (this.counted < this.interval) return undefined;
    this.counted %= this.interval;
    return place;
  }
}
