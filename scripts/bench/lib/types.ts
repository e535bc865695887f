/** One measured number. `limit` is what the bare machine gives for the same work, `ratio` how much of it Lapse reaches. */
export interface Figure {
  /** In kebab case, unique within its bench: `one-caller`. */
  readonly figure: string;
  readonly value: number;
  /** `events/s`, `ms`, `bytes`, … */
  readonly unit: string;
  /** In the same unit as `value`. */
  readonly limit?: number;
  /** Left out while `limit` is given: `value / limit`. */
  readonly ratio?: number;
  readonly note?: string;
}

/** What a bench is handed. Results go through `figure` alone; stdout belongs to the runner. */
export interface BenchContext {
  /** Smaller counts, so that the whole bench ends within seconds: proves that it runs, its figures say little. */
  readonly quick: boolean;
  readonly figure: (figure: Figure) => void;
  /** Progress, to stderr. */
  readonly log: (line: string) => void;
  /** A new empty folder, removed when the bench has ended. */
  readonly tempDir: () => string;
}

/** A file `scripts/bench/NAME.ts` exports one of these as `bench`; `name` is the file's name. */
export interface Bench {
  readonly name: string;
  /** One line, shown in the list. */
  readonly about: string;
  readonly run: (context: BenchContext) => Promise<void>;
}
