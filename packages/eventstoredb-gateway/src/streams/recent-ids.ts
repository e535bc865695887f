interface Written {
  readonly stream: string;
  readonly revision: number;
}

/** What one entry weighs: an id, a revision, references, and a stream's name as two bytes a character. */
const bytesOf = (stream: string): number => 28 + 26 + 2 * stream.length;

/**
 * The ids of recent appends, by which an append with `any` or `stream_exists` knows that it is a repeat. As on a node it is
 * bounded by bytes, forgets the oldest first, is empty after a restart, and an id belongs to the stream that stored it first.
 */
export class RecentIds {
  private readonly byId = new Map<string, Written>();
  /** Oldest first, from `oldest` on. A map knows its order too, but finding its first entry after many deletions is slow. */
  private order: string[] = [];
  private oldest = 0;
  private bytes = 0;

  constructor(private readonly bytesMax: number) {}

  /** The revision of the event with this id, where this stream stored it first. */
  revisionOf(id: string, stream: string): number | undefined {
    const written = this.byId.get(id);
    return written?.stream === stream ? written.revision : undefined;
  }

  add(id: string, stream: string, revision: number): void {
    if (this.byId.has(id)) return;
    this.byId.set(id, { stream, revision });
    this.order.push(id);
    this.bytes += bytesOf(stream);
    while (this.bytes > this.bytesMax) this.forgetOldest();
  }

  private forgetOldest(): void {
    const id = this.order[this.oldest]!;
    this.oldest += 1;
    this.bytes -= bytesOf(this.byId.get(id)!.stream);
    this.byId.delete(id);
    if (this.oldest * 2 < this.order.length) return;
    this.order = this.order.slice(this.oldest);
    this.oldest = 0;
  }
}
