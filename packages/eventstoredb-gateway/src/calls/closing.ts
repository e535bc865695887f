/** Whether the gateway closes, and who wants to hear of it: every open call does, too many for one event target. */
export class Closing {
  isClosing = false;
  private readonly listeners = new Set<() => void>();

  /** Calls back once. Returns how to stop listening. */
  onClose(run: () => void): () => void {
    this.listeners.add(run);
    return () => this.listeners.delete(run);
  }

  close(): void {
    this.isClosing = true;
    const listeners = [...this.listeners];
    this.listeners.clear();
    for (const run of listeners) run();
  }
}
