import type { Core } from '../core.js';
import { handlerThrew, invalidArgument } from '../failure.js';
import type { FilterOptions } from '../wire/messages.js';
import { clientRegex } from './regex.js';

export interface EventFilter {
  readonly on: 'stream' | 'type';
  test(text: string): boolean;
  /** How many steps of matching were made since the last call: long scans pause by it. */
  takeSteps(): number;
}

export interface FilterRequest {
  readonly filter: EventFilter;
  /** How many events one page of a subscription considers, matching or not. */
  readonly window: number;
  readonly checkpointInterval: number;
}

/** Names repeat: what a regular expression said of the last so many is kept. */
const VERDICTS_MAX = 4096;
/** The page size of a node; also the window where the client sets none. */
export const NODE_PAGE_EVENTS = 32;

class RegexFilter implements EventFilter {
  private readonly verdicts = new Map<string, boolean>();
  private steps = 0;

  constructor(
    readonly on: 'stream' | 'type',
    private readonly regex: { readonly steps: number; test(text: string): boolean },
  ) {}

  test(text: string): boolean {
    const known = this.verdicts.get(text);
    if (known !== undefined) return known;
    this.steps += this.regex.steps * text.length;
    const verdict = this.regex.test(text);
    if (this.verdicts.size >= VERDICTS_MAX) this.verdicts.clear();
    this.verdicts.set(text, verdict);
    return verdict;
  }

  takeSteps(): number {
    const { steps } = this;
    this.steps = 0;
    return steps;
  }
}

class PrefixFilter implements EventFilter {
  constructor(
    readonly on: 'stream' | 'type',
    private readonly prefixes: readonly string[],
  ) {}

  test(text: string): boolean {
    return this.prefixes.some((prefix) => text.startsWith(prefix));
  }

  takeSteps(): number {
    return 0;
  }
}

const eventFilter = (options: FilterOptions, { limits }: Core): EventFilter => {
  const on = options.hasStreamIdentifier() ? 'stream' : 'type';
  const expression = options.getStreamIdentifier() ?? options.getEventType();
  if (expression === undefined) throw invalidArgument(`'None' is not a valid FilterOneofCase`);
  const regex = expression.getRegex();
  if (regex !== '') return new RegexFilter(on, clientRegex(regex, limits));
  const prefixes = expression.getPrefixList();
  if (prefixes.length > limits.prefixesMax) {
    throw invalidArgument(`${prefixes.length} prefixes in a filter, at most ${limits.prefixesMax} are taken`);
  }
  return new PrefixFilter(on, prefixes);
};

/** Throws a failure: code 3 for a filter without a window, code 2 for a multiplier of 0 and for what the engine refuses. */
export const filterRequest = (options: FilterOptions, core: Core, isSubscription: boolean): FilterRequest => {
  const filter = eventFilter(options, core);
  if (!options.hasMax() && !options.hasCount()) throw invalidArgument(`'None' is not a valid WindowOneofCase`);
  const window = options.hasMax() ? options.getMax() : NODE_PAGE_EVENTS;
  const multiplier = options.getCheckpointintervalmultiplier();
  if (window < 1) throw handlerThrew('A search window must be at least 1.');
  if (isSubscription && multiplier < 1) throw handlerThrew('A checkpoint interval multiplier must be at least 1.');
  return { filter, window, checkpointInterval: window * multiplier };
};
