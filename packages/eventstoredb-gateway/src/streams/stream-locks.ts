export type Release = () => void;

interface Waiting {
  readonly exclusive: boolean;
  readonly enter: () => void;
}

interface Queue {
  sharedInside: number;
  exclusiveInside: boolean;
  readonly waiting: Waiting[];
}

/**
 * Who may write to a stream now. Appends at an explicit revision go side by side (the store settles them, and they share
 * one commit); what must look before it writes goes alone. First come, first served, so writes keep the order of their calls.
 */
export class StreamLocks {
  private readonly queues = new Map<string, Queue>();

  shared(stream: string): Promise<Release> {
    return this.enter(stream, false);
  }

  exclusive(stream: string): Promise<Release> {
    return this.enter(stream, true);
  }

  private enter(stream: string, exclusive: boolean): Promise<Release> {
    const queue = this.queues.get(stream) ?? { sharedInside: 0, exclusiveInside: false, waiting: [] };
    this.queues.set(stream, queue);
    const release = this.releaseOf(stream, queue, exclusive);
    return new Promise((resolve) => {
      queue.waiting.push({ exclusive, enter: () => resolve(release) });
      this.letIn(stream, queue);
    });
  }

  private releaseOf(stream: string, queue: Queue, exclusive: boolean): Release {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (exclusive) queue.exclusiveInside = false;
      else queue.sharedInside -= 1;
      this.letIn(stream, queue);
    };
  }

  private letIn(stream: string, queue: Queue): void {
    while (!queue.exclusiveInside && queue.waiting.length > 0) {
      const { exclusive, enter } = queue.waiting[0]!;
      if (exclusive && queue.sharedInside > 0) return;
      queue.waiting.shift();
      if (exclusive) queue.exclusiveInside = true;
      else queue.sharedInside += 1;
      enter();
    }
    const empty = !queue.exclusiveInside && queue.sharedInside === 0;
    if (empty && this.queues.get(stream) === queue) this.queues.delete(stream);
  }
}
