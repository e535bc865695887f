/** Work on one name is done one after the other, in the order of the calls; different names go side by side. */
export class PerStream {
  private readonly last = new Map<string, Promise<unknown>>();

  inTurn<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.last.get(name);
    const result = before === undefined ? work() : before.then(work, work);
    this.last.set(name, result);
    const done = (): void => {
      if (this.last.get(name) === result) this.last.delete(name);
    };
    result.then(done, done);
    return result;
  }

  /** Resolves when all that was handed in so far has settled. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.last.values());
  }
}
