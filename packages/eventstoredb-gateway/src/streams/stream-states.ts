import { STREAM_NAME_CHARS_MAX, type EventStore, type RecordedEvent } from '@lapse/store';
import { isMetadataStream, metadataStreamOf, subjectOf, TOMBSTONE_TYPE } from './names.js';
import { NO_RULES, readStreamRules, type StreamRules } from './stream-rules.js';

/** What the newest event of a stream's metadata stream says. */
export interface StreamState {
  readonly rules: StreamRules;
  /** The newest metadata event; undefined where nobody ever wrote one. */
  readonly metadata: RecordedEvent | undefined;
  readonly tombstone: RecordedEvent | undefined;
}

const PLAIN: StreamState = { rules: NO_RULES, metadata: undefined, tombstone: undefined };
/** Readers of a metadata stream see its newest event alone. */
const METADATA_RULES: StreamRules = { ...NO_RULES, maxCount: 1 };

/**
 * The states of the streams, read from the store where they are not at hand. Whoever writes a metadata event calls
 * {@link forget} before its answer goes out, and the live tail calls it for every one that it sees.
 */
export class StreamStates {
  /** Two generations: when the younger one is full, the older one is forgotten whole. */
  private known = new Map<string, StreamState>();
  private knownBefore = new Map<string, StreamState>();
  private readonly loading = new Map<string, Promise<StreamState>>();

  constructor(
    private readonly store: EventStore,
    private readonly isProtected: (stream: string) => boolean,
    private readonly statesMax: number,
  ) {}

  /** Without a promise where nothing must be read. */
  of(stream: string): StreamState | Promise<StreamState> {
    if (isMetadataStream(stream)) return this.ofMetadataStream(subjectOf(stream));
    if (this.isProtected(stream) || stream.length + 2 > STREAM_NAME_CHARS_MAX) return PLAIN;
    return this.known.get(stream) ?? this.knownBefore.get(stream) ?? this.load(stream);
  }

  forget(stream: string): void {
    this.known.delete(stream);
    this.knownBefore.delete(stream);
    this.loading.delete(stream);
  }

  private async ofMetadataStream(subject: string): Promise<StreamState> {
    const { tombstone } = subject === '' || isMetadataStream(subject) ? PLAIN : await this.of(subject);
    return { rules: METADATA_RULES, metadata: undefined, tombstone };
  }

  private load(stream: string): Promise<StreamState> {
    const underWay = this.loading.get(stream);
    if (underWay !== undefined) return underWay;
    const load = this.read(stream).then(
      (state) => {
        // Only if nobody forgot the stream meanwhile: what was read may be older than what made them forget it.
        if (this.loading.get(stream) === load) {
          this.loading.delete(stream);
          this.keep(stream, state);
        }
        return state;
      },
      (error: unknown) => {
        if (this.loading.get(stream) === load) this.loading.delete(stream);
        throw error;
      },
    );
    this.loading.set(stream, load);
    return load;
  }

  private async read(stream: string): Promise<StreamState> {
    const page = await this.store.readStream(metadataStreamOf(stream), { direction: 'backwards', maxCount: 1 });
    const newest = page.kind === 'page' ? page.events[0] : undefined;
    if (newest === undefined) return PLAIN;
    if (newest.type === TOMBSTONE_TYPE) return { rules: NO_RULES, metadata: undefined, tombstone: newest };
    return { rules: readStreamRules(newest.data), metadata: newest, tombstone: undefined };
  }

  private keep(stream: string, state: StreamState): void {
    if (this.known.size >= this.statesMax / 2) {
      this.knownBefore = this.known;
      this.known = new Map();
    }
    this.known.set(stream, state);
  }
}
