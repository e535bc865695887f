interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

/** Holds a stream for several reasons at once: it flows again when the last of them is gone. */
export class Paused {
  private reasons = 0;

  constructor(private readonly stream: Pausable) {}

  pause(): void {
    this.reasons += 1;
    if (this.reasons === 1) this.stream.pause();
  }

  resume(): void {
    this.reasons -= 1;
    if (this.reasons === 0) this.stream.resume();
  }
}
