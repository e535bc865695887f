/** The ids of appends that are with the store now: what a repeat that overtakes its first try is known by. */
export class PendingIds {
  private readonly counts = new Map<string, number>();

  has(stream: string, id: string): boolean {
    return this.counts.has(keyOf(stream, id));
  }

  add(stream: string, id: string): void {
    const key = keyOf(stream, id);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  remove(stream: string, id: string): void {
    const key = keyOf(stream, id);
    const count = this.counts.get(key) ?? 0;
    if (count > 1) this.counts.set(key, count - 1);
    else this.counts.delete(key);
  }
}

/** Ids have one length, so no two pairs have one key. */
const keyOf = (stream: string, id: string): string => id + stream;
