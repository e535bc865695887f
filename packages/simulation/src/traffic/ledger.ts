import type { Placed } from '../oracle/commands.js';

type Outcome = 'acknowledged' | 'refused' | 'not known';

/** What senders were told, to be held against the log. */
export class Ledger {
  /** For each command that was answered with success, where its events went, in the order of the answers. */
  readonly acknowledged: (readonly Placed[])[] = [];
  readonly codes = new Map<string, number>();
  /** By merchant, the newest revision of its config that anybody was told of. */
  private readonly configs = new Map<string, number>();
  /** By the opening's event id, how new the config must be that it is pinned to (D14). */
  readonly configDue = new Map<string, number>();
  private readonly outcomes = new Map<string, Set<Outcome>>();

  acknowledge(placed: readonly Placed[]): void {
    this.acknowledged.push(placed);
    this.note(
      placed.map(({ id }) => id),
      'acknowledged',
    );
  }

  configured(merchantId: string, revision: number): void {
    this.configs.set(merchantId, Math.max(revision, this.configs.get(merchantId) ?? -1));
  }

  /** An opening sets off for the first time; one that is sent again may have been written long ago. */
  opens(id: string, merchantId: string): void {
    if (!this.configDue.has(id)) this.configDue.set(id, this.configs.get(merchantId) ?? -1);
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
