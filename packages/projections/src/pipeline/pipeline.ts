import {
  asRepeated,
  fold,
  KIND_CONFIG,
  KIND_OPENED,
  KIND_UNCERTAIN,
  type FoldEvent,
  type StreamNames,
} from '@lapse/domain';
import type { AllPage, EventStore } from '@lapse/store';
import type { KeyedRows } from '../keyed/keyed-rows.js';
import type { SessionEntry } from '../sessions/entry.js';
import { IDS_UNKNOWN } from '../sessions/known-ids.js';
import type { SessionFolds } from '../sessions/session-folds.js';
import { DirectWrites, type RowWrites } from '../views/row-writes.js';
import type { GenerationId, Place, Views } from '../views/views.js';
import { Deciding } from './deciding.js';
import type { EventView } from './event-view.js';
import { FoldEvents } from './fold-events.js';
import { KeyedFolding } from './keyed-folding.js';
import type { ParkedStream, ParkedStreams } from './parked.js';
import { readAgain } from './read-again.js';
import { Skips } from './skips.js';

export interface PipelineParts {
  readonly views: Views;
  readonly store: EventStore;
  readonly names: StreamNames;
  readonly sessions: SessionFolds;
  readonly sessionsGeneration: GenerationId;
  readonly sessionsParked: ParkedStreams;
  readonly keyed: readonly KeyedRows[];
  readonly keyedParked: readonly ParkedStreams[];
  /** Where all of them stand. */
  readonly position: Place;
  /** Told of each session once after every page that touched it. */
  readonly onSession?: ((entry: SessionEntry, page: AllPage) => void) | undefined;
  readonly onGap?: ((stream: string, revision: number) => void) | undefined;
  /**
   * Told behind the page of each stream that cannot be folded, unless the log goes on to say that its event was skipped.
   * Where it throws, the page has ended there, and what is folded must not be written.
   */
  readonly onParked?: ((parked: ParkedStream) => void) | undefined;
}

/**
 * Folds pages into rows that are held in memory, and writes the dirty ones together with the checkpoint. Reads streams
 * where a page is not enough to tell; sends nothing.
 */
export class Pipeline {
  /** Everything up to here is folded. */
  position: Place;
  /** Everything up to here is in the file. */
  private writtenTo: Place;
  private handedTo: Place;
  private readonly direct: DirectWrites;
  /** Everything that is written, in the order in which it is. */
  private readonly allRows: readonly (SessionFolds | KeyedRows | ParkedStreams)[];
  private isMidPage = false;
  private readonly touched: SessionEntry[] = [];
  private readonly keyed: KeyedFolding;
  private readonly view: EventView;
  private readonly deciding: Deciding;
  private readonly foldEvents = new FoldEvents();
  /** Counted since the start. */
  readonly counts = { events: 0, pages: 0, gaps: 0, readAgain: 0 };

  constructor(private readonly parts: PipelineParts) {
    this.position = parts.position;
    this.writtenTo = parts.position;
    this.handedTo = parts.position;
    this.direct = new DirectWrites(parts.views.database);
    this.allRows = [parts.sessions, ...parts.keyed, parts.sessionsParked, ...parts.keyedParked];
    this.keyed = new KeyedFolding(parts.keyed, parts.keyedParked);
    this.view = this.keyed.view;
    this.deciding = new Deciding({
      store: parts.store,
      names: parts.names,
      sessions: parts.sessions,
      sessionsParked: parts.sessionsParked,
      keyed: this.keyed,
      heal: (entry) => this.heal(entry),
      touch: (entry, i) => this.touch(entry, i),
    });
  }

  get dirtyRows(): number {
    const { sessions, keyed } = this.parts;
    let rows = sessions.dirtyRows;
    for (const one of keyed) rows += one.dirtyRows;
    return rows;
  }

  get isWritten(): boolean {
    return this.writtenTo === this.position && this.dirtyRows === 0;
  }

  /**
   * Folds a page. When it throws (the store does not answer for a stream that had to be read), `position` says how much of
   * the page is folded: go on behind it.
   */
  async applyPage(page: AllPage): Promise<void> {
    this.isMidPage = true;
    this.parts.sessions.pageNumber++;
    let i = 0;
    try {
      for (; i < page.size; i++) {
        const pause = this.applyEvent(page, i);
        if (pause !== undefined) await pause;
      }
      await this.tellOfParked();
      this.position = page.scannedTo;
      this.counts.pages++;
    } catch (error) {
      if (i > 0) this.position = page.position(i - 1);
      throw error;
    } finally {
      this.counts.events += i;
      this.isMidPage = false;
      this.tellOfTouched(page);
    }
  }

  /** Writes what is dirty, how far it is, and `more` in one transaction. Does nothing while a page is half folded. */
  flush(more?: (to: RowWrites) => void): void {
    if (this.isMidPage || (this.isWritten && more === undefined)) return;
    try {
      this.parts.views.transaction(() => {
        this.handOver(this.direct);
        more?.(this.direct);
      });
    } catch (error) {
      this.notWritten();
      throw error;
    }
    this.written();
  }

  /**
   * Hands over what is dirty, and how far it is, all for one transaction; between two pages. Then comes {@link written} or
   * {@link notWritten}; meanwhile folding may go on.
   */
  handOver(to: RowWrites): void {
    const { views, sessionsGeneration, keyed } = this.parts;
    this.handedTo = this.position;
    for (const rows of this.allRows) rows.write(to);
    for (const generation of [sessionsGeneration, ...keyed.map((rows) => rows.generation)]) {
      views.moveCheckpoint(to, generation, this.writtenTo, this.handedTo);
    }
  }

  /** What was handed over is in the file. */
  written(): void {
    this.writtenTo = this.handedTo;
    for (const rows of this.allRows) rows.written();
  }

  /** What was handed over is not in the file, and is still to be written. */
  notWritten(): void {
    for (const rows of this.allRows) rows.notWritten();
  }

  /** Folds a session again whose row could not be read, as far as the row had come. */
  async heal(entry: SessionEntry): Promise<void> {
    const { sessions, store } = this.parts;
    const revision = sessions.brokenTo(entry);
    if (revision === undefined) return;
    const skips = new Skips(this.parts, entry.state.stream, this.position);
    const seen = await readAgain(store, entry, revision + 1, '', skips);
    if (entry.state.revision === revision) sessions.setIds(entry, seen.idsLow32);
    sessions.share(entry);
    sessions.healed(entry);
  }

  private applyEvent(page: AllPage, i: number): Promise<void> | undefined {
    this.view.show(page, i);
    const entry = this.parts.sessions.inMemoryOf(page, i) ?? this.findEntry(page, i);
    if (entry === undefined || 'then' in entry) return entry;
    const revision = page.revision(i);
    const { state } = entry;
    if (revision <= state.revision) return undefined;
    const idLow32 = page.idLow32(i);
    const { ids } = this.parts.sessions;
    if (entry.idCount === IDS_UNKNOWN || revision !== state.revision + 1 || ids.has(entry, idLow32)) {
      return this.applyCarefully(entry, page, i);
    }
    ids.add(entry, idLow32);
    this.foldInto(entry, this.foldEvents.at(page, i, this.view, state), i);
    return undefined;
  }

  /** Of a session's stream its entry; other streams are dealt with here, at once or until a promise resolves. */
  private findEntry(page: AllPage, i: number): SessionEntry | Promise<void> | undefined {
    const { names, sessions } = this.parts;
    const stream = page.stream(i);
    const name = names.read(stream);
    switch (name.kind) {
      case 'session':
        // The first event of a stream has no row yet: a rebuild of millions of sessions looks none of them up.
        if (page.revision(i) === 0) return sessions.add(stream, name.id);
        return sessions.find(stream, name.id) ?? sessions.add(stream, name.id);
      case 'merchant':
        this.applyMerchant(name.id);
        return undefined;
      case 'bad':
        this.keyed.park(this.parts.sessionsParked, name.why);
        return undefined;
      case 'operations':
        return name.decidesOn === undefined ? undefined : this.deciding.decide(name.decidesOn, page, i);
      case 'foreign':
        return undefined;
    }
  }

  private foldInto(entry: SessionEntry, event: FoldEvent, i: number): void {
    const { state } = entry;
    const { kind } = this.view;
    const keyed = this.keyed.lookingAt('session', kind, state.status === 'missing' && kind !== KIND_OPENED);
    if (keyed.length > 0) this.view.rememberBefore(state);
    const wasParked = state.parked !== undefined;
    fold(state, event);
    if (kind === KIND_OPENED || kind === KIND_CONFIG) this.parts.sessions.share(entry);
    this.touch(entry, i);
    if (!wasParked && state.parked !== undefined) this.keyed.park(this.parts.sessionsParked, state.parked.why);
    if (keyed.length === 0) return;
    this.view.from = 'session';
    this.view.id = entry.id;
    this.view.session = state;
    this.view.before = this.view.beforeFields;
    this.keyed.apply(keyed);
  }

  private applyMerchant(id: string): void {
    if (this.view.kind === KIND_UNCERTAIN) {
      const why = this.view.unreadableWhy;
      if (why !== undefined) this.keyed.park(this.parts.sessionsParked, why);
    }
    this.view.from = 'merchant';
    this.view.id = id;
    this.keyed.apply(this.keyed.lookingAt('merchant', this.view.kind));
  }

  private async applyCarefully(entry: SessionEntry, page: AllPage, i: number): Promise<void> {
    const revision = page.revision(i);
    this.counts.readAgain++;
    if (revision !== entry.state.revision + 1) {
      this.counts.gaps++;
      this.parts.onGap?.(entry.state.stream, revision);
    }
    const { id } = page.event(i);
    const skips = new Skips(this.parts, entry.state.stream, page.position(i));
    const seen = await readAgain(this.parts.store, entry, revision, id, skips);
    this.parts.sessions.setIds(entry, seen.idsLow32);
    const isRepeated = seen.bearsId;
    if (!isRepeated) this.parts.sessions.ids.add(entry, page.idLow32(i));
    this.view.show(page, i);
    const event = this.foldEvents.at(page, i, this.view, entry.state);
    this.foldInto(entry, isRepeated ? asRepeated(event) : event, i);
  }

  private touch(entry: SessionEntry, i: number): void {
    this.parts.sessions.markDirty(entry);
    entry.touchedAt = i;
    if (entry.touchedBy === this.parts.sessions.pageNumber || this.parts.onSession === undefined) return;
    entry.touchedBy = this.parts.sessions.pageNumber;
    this.touched.push(entry);
  }

  /** A stream whose parking is decided further on in the log, or was within the page, is not worth a word. */
  private async tellOfParked(): Promise<void> {
    const parked = this.keyed.newlyParked.splice(0);
    if (this.parts.onParked === undefined) return;
    for (const { list, parked: stopped } of parked) {
      if (list.get(stopped.stream)?.revision !== stopped.revision) continue;
      const isDecided = await new Skips(this.parts, stopped.stream, 'end').has(stopped);
      if (!isDecided) this.parts.onParked(stopped);
    }
  }

  private tellOfTouched(page: AllPage): void {
    for (const entry of this.touched) this.parts.onSession?.(entry, page);
    this.touched.length = 0;
  }
}
