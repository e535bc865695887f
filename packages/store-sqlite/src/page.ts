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
import { speakingOf } from './errors.js';
import { factsOf } from './facts.js';
import type { Names } from './names.js';
import type { PayloadReader, PayloadRow } from './payloads.js';
import { positionOf } from './position.js';
import { contentTypeOf } from './rows.js';

export type FactsRow = readonly [
  position: number,
  stream: number,
  revision: number,
  kind: number,
  atMs: number,
  flags: number,
  idLow32: number,
  /** Of the kinds that were asked for, where they are short. */
  ...dataAndMetadata: (string | null)[],
];

/** What a page needs to answer for what it did not bring along. */
export interface PageSource {
  readonly file: string;
  readonly streams: Names;
  readonly types: Names;
  readonly payloads: PayloadReader;
  readonly extractFacts: FactsExtractor;
}

export interface PageParts {
  readonly rows: readonly FactsRow[];
  /** How many events were looked at, matching or not. */
  readonly looked: number;
  readonly scannedTo: Position | 'start';
  readonly atEnd: boolean;
  /** Undefined: of all kinds. */
  readonly payloadOfKinds: ReadonlySet<number> | undefined;
}

/** The rows as the binding gave them. Payloads are read when the first one is asked for, and then for a stretch at a time. */
export class SqlitePage implements AllPage {
  readonly size: number;
  readonly looked: number;
  readonly scannedTo: Position | 'start';
  readonly atEnd: boolean;
  private readonly rows: readonly FactsRow[];
  private held = new Map<number, PayloadRow>();
  private heldTo = 0;
  private storedTimes: Map<number, number> | undefined;

  constructor(
    private readonly source: PageSource,
    private readonly parts: PageParts,
  ) {
    this.rows = parts.rows;
    this.size = parts.rows.length;
    this.looked = parts.looked;
    this.scannedTo = parts.scannedTo;
    this.atEnd = parts.atEnd;
  }

  position(i: number): Position {
    return positionOf(this.row(i)[0]);
  }

  stream(i: number): string {
    const row = this.row(i);
    return speakingOf(this.source.file, () => this.source.streams.nameOf(row[1]));
  }

  revision(i: number): number {
    return this.row(i)[2];
  }

  kind(i: number): number {
    const row = this.row(i);
    return row[3] === KIND_UNCERTAIN ? this.extractAgain(row).kind : row[3];
  }

  atMs(i: number): number {
    const row = this.row(i);
    return row[3] === KIND_UNCERTAIN ? this.extractAgain(row).atMs : row[4];
  }

  flags(i: number): number {
    const row = this.row(i);
    return row[3] === KIND_UNCERTAIN ? this.extractAgain(row).flags : row[5];
  }

  idLow32(i: number): number {
    return this.row(i)[6];
  }

  storedAtMs(i: number): number {
    const row = this.row(i);
    this.storedTimes ??= speakingOf(this.source.file, () =>
      this.source.payloads.storedTimes(this.rows[0]![0], this.rows[this.size - 1]![0]),
    );
    return this.storedTimes.get(row[0]) ?? this.payload(row)[1];
  }

  text(i: number): EventText | undefined {
    const [, , , kind, , , , data, metadata] = this.row(i);
    if (kind === KIND_UNCERTAIN || typeof data !== 'string' || typeof metadata !== 'string') return undefined;
    return { data, metadata };
  }

  event(i: number): RecordedEvent {
    const row = this.row(i);
    const [position, storedAtMs, type, contentType, id, metadata, data] = this.payload(row);
    return {
      stream: this.stream(i),
      revision: row[2],
      position: positionOf(position),
      storedAtMs,
      id,
      type: this.typeName(type),
      contentType: contentTypeOf(contentType),
      data,
      metadata,
    };
  }

  private row(i: number): FactsRow {
    const row = this.rows[i];
    if (row === undefined) throw new RangeError(`index ${i} of a page of ${this.size} events`);
    return row;
  }

  private typeName(key: number): string {
    return speakingOf(this.source.file, () => this.source.types.nameOf(key));
  }

  private extractAgain(row: FactsRow): Facts {
    const [, , type, contentType, , metadata, data] = this.payload(row);
    const event = { type: this.typeName(type), contentType: contentTypeOf(contentType), metadata, data };
    return factsOf(this.source.extractFacts, event);
  }

  private payload(row: FactsRow): PayloadRow {
    const position = row[0];
    const payload = this.held.get(position) ?? speakingOf(this.source.file, () => this.readPayload(position, row[3]));
    if (payload !== undefined) return payload;
    throw new StoreError('store-corrupt', `${this.source.file}: the event at position ${position} is missing`);
  }

  private readPayload(position: number, kind: number): PayloadRow | undefined {
    const { payloads } = this.source;
    if (!this.isExpected(kind) || position <= this.heldTo) return payloads.at(position);
    this.held = new Map();
    this.heldTo = payloads.between(position, this.rows[this.size - 1]![0], this.parts.payloadOfKinds, this.held);
    return this.held.get(position) ?? payloads.at(position);
  }

  /** Where only few of the events looked at are on this page, reading a whole stretch would mostly read for nobody. */
  private isExpected(kind: number): boolean {
    const { payloadOfKinds, looked } = this.parts;
    return this.size * 2 >= looked && (payloadOfKinds === undefined || payloadOfKinds.has(kind));
  }
}
