import { ImportError } from './import-error.js';
import { parseLine, type SourceEvent } from './format.js';
import { openLines } from './read-lines.js';

export interface ImportProgress {
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly events: number;
  readonly sessions: number;
}

/** One conversation of the source with all its events, in their order. */
export interface SourceSession {
  readonly session: string;
  readonly events: readonly SourceEvent[];
  readonly progress: ImportProgress;
}

/** A conversation with more events than this is not held in memory. */
const EVENTS_OF_A_SESSION_MAX = 100_000;
/** Of how many conversations the names are kept, to notice one that begins a second time. */
const NAMES_MAX = 5_000_000;

/** Reads a file of the normalised format conversation by conversation: the events of one stand together in it. */
export async function* readSourceSessions(file: string): AsyncGenerator<SourceSession> {
  const { bytesTotal, lines } = await openLines(file);
  let events: SourceEvent[] = [];
  let bytesRead = 0;
  let total = 0;
  let sessions = 0;
  const names = new Set<string>();
  const finished = (): SourceSession => ({
    session: (events[0] as SourceEvent).session,
    events,
    progress: { bytesRead, bytesTotal, events: total, sessions: ++sessions },
  });
  for await (const line of lines) {
    const event = parseLine(line.text, line.lineNumber);
    if (events[0] !== undefined && event.session !== events[0].session) {
      yield finished();
      events = [];
    }
    checkOrder(event, events, line.lineNumber);
    if (event.seq === 0) noteName(names, event, line.lineNumber);
    events.push(event);
    bytesRead = line.bytesRead;
    total++;
  }
  if (events.length > 0) yield finished();
}

const noteName = (names: Set<string>, { session }: SourceEvent, lineNumber: number): void => {
  if (names.has(session))
    throw new ImportError('bad-line', `line ${lineNumber}: session ${session} begins a second time`);
  if (names.size < NAMES_MAX) names.add(session);
};

const checkOrder = (event: SourceEvent, before: readonly SourceEvent[], lineNumber: number): void => {
  const complain = (what: string): never => {
    throw new ImportError('bad-line', `line ${lineNumber}: ${what} (session ${event.session}, seq ${event.seq})`);
  };
  if (event.seq !== before.length) {
    complain(
      before.length === 0
        ? 'the events of a session must stand together, seq from 0'
        : `seq ${before.length} is missing`,
    );
  }
  if ((event.seq === 0) !== (event.type === 'opened'))
    complain('the first event of a session, and no other, is opened');
  const last = before.at(-1);
  if (last !== undefined && event.at < last.at) complain('its time is before that of the event above it');
  if (before.length >= EVENTS_OF_A_SESSION_MAX) complain(`a session may have ${EVENTS_OF_A_SESSION_MAX} events`);
};
