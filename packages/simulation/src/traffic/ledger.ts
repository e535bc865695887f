import type { Placed } from '../oracle/commands.js';

type Outcome = 'acknowledged' | 'refused' | 'not known';

/** What senders were told, to be held against the log. */
export class Ledger {
  /** For each command that was answered with success, where its events went, in the order of the answers. */
  readonly acknowledged: (readonly Placed[])[] = [];
  readonly codes = new Map<string, number>();
  private readonly outcomes = new Map<string, Set<Outcome>>();

  acknowledge(placed: readonly Placed[]): void {
    this.acknowledged.push(placed);
    this.note(
      placed.map(({ id }) => id),
      'acknowledged',
    );
  }

  /** Refused, and every try was answered. */
  refuse(ids: readonly string[], code: string): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    this.note(ids, 'refused');
  }

  /** Some try of it was never answered, or its answer says nothing about the log. */
  leaveOpen(ids: readonly string[]): void {
    this.note(ids, 'not known');
  }

  /** Ids that were refused each time they were sent: they must stand nowhere. */
  refusedIds(): readonly string[] {
    return [...this.outcomes]
      .filter(([, outcomes]) => outcomes.size === 1 && outcomes.has('refused'))
      .map(([id]) => id);
  }

  private note(ids: readonly string[], outcome: Outcome): void {
    for (const id of ids) {
      const outcomes = this.outcomes.get(id) ?? new Set();
      outcomes.add(outcome);
      this.outcomes.set(id, outcomes);
    }
  }
}
