// What every peer folds: the same events into the same rows, one statement an event. Times are epoch milliseconds.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const MINUTE_MS = 60_000;
const AGENT_MS = 360 * MINUTE_MS;
const BUYER_MS = 20 * MINUTE_MS;
const QUEUE_MS = 1_440 * MINUTE_MS;

export const TYPES = ['opened', 'config-version', 'message-from-buyer', 'message-from-agent', 'queued', 'closed'];

export const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS sessions_view (
  id TEXT PRIMARY KEY, merchant TEXT NOT NULL, status TEXT NOT NULL, opened_at BIGINT NOT NULL, time_at BIGINT NOT NULL,
  buyer_minutes BIGINT, buyer_messages BIGINT NOT NULL, agent_messages BIGINT NOT NULL, automated_messages BIGINT NOT NULL,
  rule TEXT NOT NULL, deadline BIGINT, close_reason TEXT)`;

/** The statement of one event. Ids hold no character that a text in SQL must escape: the generator makes them. */
export const statementOf = ({ type, data: { sessionId, atMs, merchantId, automated, reason } }) => {
  const where = `WHERE id = '${sessionId}'`;
  const update = `UPDATE sessions_view SET time_at = ${atMs}`;
  switch (type) {
    case 'opened':
      return `INSERT INTO sessions_view VALUES ('${sessionId}', '${merchantId}', 'open', ${atMs}, ${atMs}, NULL, 0, 0, 0, 'agent-silent', ${atMs + AGENT_MS}, NULL)`;
    case 'config-version':
      return `${update}, buyer_minutes = 20 ${where}`;
    case 'message-from-buyer':
      return `${update}, buyer_messages = buyer_messages + 1,
        deadline = CASE WHEN rule = 'queue-expired' THEN deadline ELSE ${atMs + AGENT_MS} END,
        rule = CASE WHEN rule = 'queue-expired' THEN rule ELSE 'agent-silent' END ${where}`;
    case 'message-from-agent':
      return automated
        ? `${update}, automated_messages = automated_messages + 1 ${where}`
        : `${update}, agent_messages = agent_messages + 1, rule = 'buyer-silent', deadline = ${atMs + BUYER_MS} ${where}`;
    case 'queued':
      return `${update}, rule = 'queue-expired', deadline = ${atMs + QUEUE_MS} ${where}`;
    default:
      return `${update}, status = 'closed', close_reason = '${reason}', deadline = NULL ${where}`;
  }
};

/** A stream a line: `{"stream": "…", "events": [{"type", "data"}, …]}`. */
export async function* streamsIn(file) {
  for await (const line of createInterface({ input: createReadStream(file) })) yield JSON.parse(line);
}

/** Appends every stream whole, which is faster than event by event and not measured. Answers how many events there are. */
export const appendAll = async (store, file) => {
  let events = 0;
  for await (const { stream, events: own } of streamsIn(file)) {
    await appendWhole(store, stream, own);
    events += own.length;
  }
  return events;
};

const ATTEMPTS_MAX = 50;

/** emmett-sqlite now and then commits before SQLite has ended its own statement; it then takes everything back. */
const appendWhole = async (store, stream, events) => {
  for (let attempt = 1; ; attempt++) {
    try {
      await store.appendToStream(stream, events);
      return;
    } catch (error) {
      if (error.code !== 'SQLITE_BUSY' || attempt === ATTEMPTS_MAX) throw error;
    }
  }
};

export const say = (measured) => process.stdout.write(`${JSON.stringify(measured)}\n`);
