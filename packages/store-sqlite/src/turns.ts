/** Some milliseconds of reading. */
const ROWS_PER_TURN = 2000;
/** What a read costs besides its rows, in rows. */
const ROWS_PER_READ = 10;

/**
 * Reading is synchronous, and a caller that awaits one read after another would never let timers, sockets and waiting appends
 * have their turn. After so many rows a read therefore ends in a later turn of the event loop.
 */
export class Turns {
  private rows = 0;

  async after(rows: number): Promise<void> {
    this.rows += rows + ROWS_PER_READ;
    if (this.rows < ROWS_PER_TURN) return;
    this.rows = 0;
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}
