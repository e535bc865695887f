/**
 * Runs tasks of one key one after the other and tasks of different keys side by side. Holds a key only while something
 * of it is under way.
 */
export class KeyedQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  run<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.tails.get(key);
    const result = before === undefined ? task() : before.then(task, task);
    this.tails.set(key, result);
    const forget = (): void => {
      if (this.tails.get(key) === result) this.tails.delete(key);
    };
    void result.then(forget, forget);
    return result;
  }
}
