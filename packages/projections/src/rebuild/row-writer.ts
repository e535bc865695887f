import type { Pipeline } from '../pipeline/pipeline.js';
import type { RowWrites } from '../views/row-writes.js';
import { IN_MEMORY, type Views } from '../views/views.js';
import { WriteBehind, type StartThread } from '../write-behind/write-behind.js';

/** Writes what a pipeline has folded: at once, or in a second thread while the pipeline folds on. Everything between two pages. */
export class RowWriter {
  private starting: Promise<WriteBehind | undefined> | undefined;
  private thread: WriteBehind | undefined;
  private underWay: Promise<Error | undefined> | undefined;

  constructor(
    private readonly views: Views,
    private readonly pipeline: Pipeline,
  ) {}

  /** Starts a second thread, where one can be started and the rows are in a file. May be called again. */
  startThread(start?: StartThread): void {
    if (this.views.file !== IN_MEMORY) this.starting ??= WriteBehind.start(this.views.file, start);
  }

  /** From here on the thread writes that {@link startThread} has started, where it is still there. */
  async writeBehind(): Promise<void> {
    const thread = await this.starting;
    this.thread = thread?.isLost === true ? undefined : thread;
  }

  /**
   * Writes rows, checkpoint and what `more` gives in one transaction, once the one before has ended. With a second thread it
   * may still be under way when this resolves: {@link settled}. Rejects for the transaction before, too.
   */
  async write(more: (to: RowWrites) => void): Promise<void> {
    await this.settled();
    if (this.thread === undefined) {
      this.pipeline.flush(more);
      return;
    }
    this.underWay = this.handOver(this.thread, more).then(
      () => undefined,
      (error: Error) => error,
    );
  }

  private async handOver(thread: WriteBehind, more: (to: RowWrites) => void): Promise<void> {
    await thread.write((to) => {
      this.pipeline.handOver(to);
      more(to);
    });
  }

  /** Everything that was written is in the file. Rejects where it is not, or where nobody knows: this writer is of no more use then. */
  async settled(): Promise<void> {
    if (this.underWay === undefined) return;
    const error = await this.underWay;
    this.underWay = undefined;
    if (error === undefined) {
      this.pipeline.written();
      return;
    }
    this.pipeline.notWritten();
    throw error;
  }

  /** Ends the thread behind what is under way, however that ends. */
  async close(): Promise<void> {
    await this.underWay;
    const thread = await this.starting;
    await thread?.close();
    this.starting = undefined;
    this.thread = undefined;
  }
}
