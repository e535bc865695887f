import { unseen, type SessionState } from '@lapse/domain';
import type { AllPage } from '@lapse/store';
import type { RowWrites } from '../views/row-writes.js';
import type { SessionEntry, SessionHandle } from './entry.js';
import { Interning } from './interning.js';
import { KnownIds } from './known-ids.js';
import type { SessionTable } from './table.js';

/** A power of two. Streams that go on at the same time were mostly begun one after another, and are numbered so. */
const LAST_SEEN = 1 << 15;

interface Changed {
  readonly dirty: readonly SessionEntry[];
  readonly rewritten: ReadonlySet<SessionEntry>;
}
const NOTHING: Changed = { dirty: [], rewritten: new Set() };

/**
 * The folds of sessions: those that were touched since the start are in memory until they have closed and are written;
 * the others are rows, loaded when an event or the sweep asks for them.
 */
export class SessionFolds {
  private readonly hot = new Map<string, SessionEntry>();
  /** Undefined until somebody asks by key: a rebuild never does. */
  private hotByKey: Map<number, SessionEntry> | undefined;
  /** The session that was last seen of those whose streams have the same last bits in their number. */
  private readonly lastSeen = new Array<SessionEntry | undefined>(LAST_SEEN).fill(undefined);
  private dirty: SessionEntry[] = [];
  private rewritten = new Set<SessionEntry>();
  private handedOver: Changed = NOTHING;
  readonly ids = new KnownIds();
  private readonly interning = new Interning();
  private nextKey: number;
  /** Rows that could not be read and must be folded again from their stream, up to the revision that they had. */
  private readonly broken = new Map<string, number>();
  /** How many of them there were. */
  brokenRows = 0;
  /** Of the page being folded; entries remember the last one that touched them. */
  pageNumber = 0;

  constructor(readonly table: SessionTable) {
    this.nextKey = table.lastKey() + 1;
  }

  get dirtyRows(): number {
    return this.dirty.length;
  }
  get inMemory(): number {
    return this.hot.size;
  }

  /** The session of an event, where it is in memory. */
  inMemoryOf(page: AllPage, i: number): SessionEntry | undefined {
    const streamKey = page.streamKey(i);
    if (streamKey === undefined) return this.hot.get(page.stream(i));
    const slot = streamKey & (LAST_SEEN - 1);
    const known = this.lastSeen[slot];
    if (known?.streamKey === streamKey) return known;
    const entry = this.hot.get(page.stream(i));
    if (entry === undefined) return undefined;
    entry.streamKey = streamKey;
    this.lastSeen[slot] = entry;
    return entry;
  }

  /** A look at a session that leaves the memory as it is. */
  peek(stream: string, id: string): SessionHandle | undefined {
    const entry = this.hot.get(stream);
    if (entry !== undefined) return entry;
    const stored = this.table.find(id, stream);
    return stored?.state === undefined ? undefined : { key: stored.key, id, state: stored.state };
  }

  /** From memory, or from its row into memory; undefined for a session that was never seen. */
  find(stream: string, id: string): SessionEntry | undefined {
    return this.hot.get(stream) ?? this.load(stream, id);
  }

  /** `streamOf` takes a session's id to its stream's name. */
  findByKey(key: number, streamOf: (id: string) => string): SessionEntry | undefined {
    this.hotByKey ??= new Map(Array.from(this.hot.values(), (entry) => [entry.key, entry]));
    const hot = this.hotByKey.get(key);
    if (hot !== undefined) return hot;
    const id = this.table.idOf(key);
    return id === undefined ? undefined : this.find(streamOf(id), id);
  }

  /** The revision up to which the session must be folded again before anybody may use it. */
  brokenTo(entry: SessionEntry): number | undefined {
    return this.broken.get(entry.state.stream);
  }

  healed(entry: SessionEntry): void {
    this.broken.delete(entry.state.stream);
    this.markDirty(entry);
  }

  add(stream: string, id: string): SessionEntry {
    const entry = this.entry(this.nextKey, id, stream, false);
    this.nextKey++;
    this.keep(entry);
    return entry;
  }

  markDirty(entry: SessionEntry): void {
    if (entry.dirty) return;
    entry.dirty = true;
    this.dirty.push(entry);
  }

  setIds(entry: SessionEntry, idsLow32: readonly number[]): void {
    this.ids.forget(entry);
    entry.idCount = 0;
    for (const id of idsLow32) this.ids.add(entry, id);
  }

  /** The same stream folded otherwise: what a row says once and for all may have changed, too. */
  replaceState(entry: SessionEntry, state: SessionState, idsLow32: readonly number[]): void {
    entry.state = state;
    this.setIds(entry, idsLow32);
    this.share(entry);
    this.rewritten.add(entry);
    this.markDirty(entry);
  }

  share(entry: SessionEntry): void {
    this.interning.share(entry.state);
  }

  /** As its row carries them. */
  idsOf(entry: SessionEntry): Uint8Array | null {
    return entry.state.status === 'closed' ? null : this.ids.toBytes(entry);
  }

  /** Hands over what has changed. From here until {@link written} or {@link notWritten} all of it stays in memory. */
  write(to: RowWrites): void {
    const { dirty, rewritten } = this;
    this.handedOver = { dirty, rewritten };
    this.dirty = [];
    this.rewritten = new Set();
    for (const entry of dirty) entry.dirty = false;
    const isNew = (entry: SessionEntry): boolean => !entry.stored || rewritten.has(entry);
    for (const entry of rewritten) this.table.remove(to, entry.key);
    // Statement by statement: so they are written fastest.
    this.table.insert(to, dirty.filter(isNew), (entry) => this.idsOf(entry));
    for (const entry of dirty) if (!isNew(entry)) this.table.update(to, entry, this.idsOf(entry));
  }

  /** After the commit: closed sessions leave the memory. */
  written(): void {
    for (const entry of this.handedOver.dirty) {
      entry.stored = true;
      if (entry.dirty || entry.state.status !== 'closed') continue;
      this.hot.delete(entry.state.stream);
      this.hotByKey?.delete(entry.key);
      this.forgetSeen(entry);
    }
    this.handedOver = NOTHING;
  }

  /** What {@link write} handed over is not in the file. */
  notWritten(): void {
    const { dirty, rewritten } = this.handedOver;
    this.handedOver = NOTHING;
    for (const entry of dirty) this.markDirty(entry);
    for (const entry of rewritten) this.rewritten.add(entry);
  }

  private forgetSeen(entry: SessionEntry): void {
    if (entry.streamKey === undefined) return;
    const slot = entry.streamKey & (LAST_SEEN - 1);
    if (this.lastSeen[slot] === entry) this.lastSeen[slot] = undefined;
  }

  private keep(entry: SessionEntry): void {
    this.hot.set(entry.state.stream, entry);
    this.hotByKey?.set(entry.key, entry);
  }

  private load(stream: string, id: string): SessionEntry | undefined {
    const stored = this.table.find(id, stream);
    if (stored === undefined) return undefined;
    const entry = this.entry(stored.key, id, stream, true);
    if (stored.state === undefined) {
      this.brokenRows++;
      this.broken.set(stream, stored.revision);
    } else {
      entry.state = stored.state;
      this.ids.fromBytes(entry, stored.ids);
      this.share(entry);
    }
    this.keep(entry);
    return entry;
  }

  private entry(key: number, id: string, stream: string, stored: boolean): SessionEntry {
    return {
      key,
      id,
      state: unseen(stream),
      streamKey: undefined,
      idCount: 0,
      idBlock: -1,
      idSet: undefined,
      dirty: false,
      stored,
      touchedBy: 0,
      touchedAt: 0,
    };
  }
}
