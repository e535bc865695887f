import {
  KIND_UNCERTAIN,
  StoreError,
  type AllPage,
  type EventText,
  type Facts,
  type FactsExtractor,
  type Position,
  type RecordedEvent,
} from '@lapse/store';
import type { Columns } from './columns.js';
import { speakingOf } from './errors.js';
import { factsOf } from './facts.js';
import { textsOf, type Texts } from './joined-texts.js';
import type { Names } from './names.js';
import type { PayloadReader, PayloadRow } from './payloads.js';
import { positionOf } from './position.js';
import { contentTypeOf } from './rows.js';

/** What a page needs to answer for what it did not bring along. */
export interface PageSource {
  readonly file: string;
  readonly streams: Names;
  readonly types: Names;
  readonly payloads: PayloadReader;
  readonly extractFacts: FactsExtractor;
}

export interface PageParts {
  readonly columns: Columns;
  /** Which places of the columns are on the page; undefined: all of them. */
  readonly chosen: readonly number[] | undefined;
  /** How many events were looked at, matching or not. */
  readonly looked: number;
  readonly scannedTo: Position | 'start';
  readonly atEnd: boolean;
  /** Undefined: of all kinds. */
  readonly payloadOfKinds: ReadonlySet<number> | undefined;
}

/** The columns as they were read. Payloads are read when the first one is asked for, and then for a stretch at a time. */
export class SqlitePage implements AllPage {
  readonly size: number;
  readonly looked: number;
  readonly scannedTo: Position | 'start';
  readonly atEnd: boolean;
  private readonly columns: Columns;
  private readonly chosen: readonly number[] | undefined;
  private held = new Map<number, PayloadRow>();
  private heldTo = 0;
  private storedTimes: Map<number, number> | undefined;
  private texts: Texts | undefined;

  constructor(
    private readonly source: PageSource,
    private readonly parts: PageParts,
  ) {
    this.columns = parts.columns;
    this.chosen = parts.chosen;
    this.size = parts.chosen?.length ?? parts.columns.positions.length;
    this.looked = parts.looked;
    this.scannedTo = parts.scannedTo;
    this.atEnd = parts.atEnd;
  }

  position(i: number): Position {
    return positionOf(this.positionAt(i));
  }

  stream(i: number): string {
    const key = this.columns.streams[this.at(i)]!;
    return this.source.streams.known(key) ?? speakingOf(this.source.file, () => this.source.streams.nameOf(key));
  }

  streamKey(i: number): number {
    return this.columns.streams[this.at(i)]!;
  }

  revision(i: number): number {
    return this.columns.revisions[this.at(i)]!;
  }

  kind(i: number): number {
    const kind = this.columns.kinds[this.at(i)]!;
    return kind === KIND_UNCERTAIN ? this.extractAgain(i).kind : kind;
  }

  atMs(i: number): number {
    const at = this.at(i);
    return this.columns.kinds[at] === KIND_UNCERTAIN ? this.extractAgain(i).atMs : this.columns.atMs[at]!;
  }

  flags(i: number): number {
    const at = this.at(i);
    return this.columns.kinds[at] === KIND_UNCERTAIN ? this.extractAgain(i).flags : this.columns.flags[at]!;
  }

  idLow32(i: number): number {
    return this.columns.idsLow32[this.at(i)]!;
  }

  storedAtMs(i: number): number {
    const position = this.positionAt(i);
    this.storedTimes ??= speakingOf(this.source.file, () =>
      this.source.payloads.storedTimes(this.positionAt(0), this.positionAt(this.size - 1)),
    );
    return this.storedTimes.get(position) ?? this.payload(i)[1];
  }

  text(i: number): EventText | undefined {
    this.texts ??= textsOf(this.columns.texts);
    const { places, data, metadata } = this.texts;
    const place = places[this.at(i)];
    return place === undefined || place < 0 ? undefined : { data: data[place]!, metadata: metadata[place]! };
  }

  event(i: number): RecordedEvent {
    const [position, storedAtMs, type, contentType, id, metadata, data] = this.payload(i);
    return {
      stream: this.stream(i),
      revision: this.revision(i),
      position: positionOf(position),
      storedAtMs,
      id,
      type: this.typeName(type),
      contentType: contentTypeOf(contentType),
      data,
      metadata,
    };
  }

  /** The place in the columns. */
  private at(i: number): number {
    if (!(i >= 0 && i < this.size && Number.isInteger(i))) {
      throw new RangeError(`index ${i} of a page of ${this.size} events`);
    }
    return this.chosen === undefined ? i : this.chosen[i]!;
  }

  private positionAt(i: number): number {
    return this.columns.positions[this.at(i)]!;
  }

  private typeName(key: number): string {
    return speakingOf(this.source.file, () => this.source.types.nameOf(key));
  }

  private extractAgain(i: number): Facts {
    const [, , type, contentType, , metadata, data] = this.payload(i);
    const event = { type: this.typeName(type), contentType: contentTypeOf(contentType), metadata, data };
    return factsOf(this.source.extractFacts, event);
  }

  private payload(i: number): PayloadRow {
    const position = this.positionAt(i);
    const kind = this.columns.kinds[this.at(i)]!;
    const payload = this.held.get(position) ?? speakingOf(this.source.file, () => this.readPayload(position, kind));
    if (payload !== undefined) return payload;
    throw new StoreError('store-corrupt', `${this.source.file}: the event at position ${position} is missing`);
  }

  private readPayload(position: number, kind: number): PayloadRow | undefined {
    const { payloads } = this.source;
    if (!this.isExpected(kind) || position <= this.heldTo) return payloads.at(position);
    this.held = new Map();
    const last = this.positionAt(this.size - 1);
    this.heldTo = payloads.between(position, last, this.parts.payloadOfKinds, this.held);
    return this.held.get(position) ?? payloads.at(position);
  }

  /** Where only few of the events looked at are on this page, reading a whole stretch would mostly read for nobody. */
  private isExpected(kind: number): boolean {
    const { payloadOfKinds, looked } = this.parts;
    return this.size * 2 >= looked && (payloadOfKinds === undefined || payloadOfKinds.has(kind));
  }
}
