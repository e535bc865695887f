/** One line of what the doctor has to say. `note`: nobody has to do anything, but it is worth knowing. */
export interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'note' | 'wrong';
  readonly detail: string;
}

export const ok = (check: string, detail: string): Finding => ({ check, state: 'ok', detail });
export const note = (check: string, detail: string): Finding => ({ check, state: 'note', detail });
export const wrong = (check: string, detail: string): Finding => ({ check, state: 'wrong', detail });

/** Errors of the packages below say what is wrong and what to do. */
export const wrongBecause = (check: string, error: unknown): Finding =>
  wrong(check, error instanceof Error ? error.message : String(error));
