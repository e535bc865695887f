// How late closes are, read from the log itself beside the server that writes it.
import { extractFacts } from '@lapse/domain';
import { openSqliteStore } from '@lapse/store-sqlite';

const RULES = ['agent-silent', 'buyer-silent', 'queue-expired'];
const utf8 = new TextDecoder();
const json = (bytes) => JSON.parse(utf8.decode(bytes));

/**
 * How long after it could first be known a timeout was noticed, ms: from its deadline, or from the last message before it if
 * that reached the log only later. Undefined for any other event.
 */
const latenessOf = (event, storedBeforeMs) => {
  if (event.type !== 'closed') return undefined;
  const { reason, occurredAt } = json(event.data);
  const { noticedAt } = json(event.metadata);
  if (!RULES.includes(reason) || !noticedAt) return undefined;
  return Math.max(0, Date.parse(noticedAt) - Math.max(Date.parse(occurredAt), storedBeforeMs));
};

/** Of the sessions that are open now: when their last event was stored. */
class Stored {
  #atMs = new Map();

  /** When the stream's event before this one was stored. */
  note({ stream, type, storedAtMs }) {
    const before = this.#atMs.get(stream) ?? 0;
    if (type === 'closed') this.#atMs.delete(stream);
    else this.#atMs.set(stream, storedAtMs);
    return before;
  }
}

export const followCloses = async (file, { setTimer }) => {
  const store = await openSqliteStore({ file, readOnly: true, extractFacts, setTimer });
  const stopping = new AbortController();
  const all = [];
  const stored = new Stored();
  const state = { events: 0, fresh: [] };
  const follow = async () => {
    for await (const message of store.subscribe({ after: 'start', pageSizeMax: 500, signal: stopping.signal })) {
      if (message.kind !== 'page') continue;
      state.events += message.page.size;
      for (let i = 0; i < message.page.size; i += 1) {
        const event = message.page.event(i);
        const late = latenessOf(event, stored.note(event));
        if (late !== undefined) state.fresh.push(late);
      }
    }
  };
  const following = follow().catch((error) => {
    if (!stopping.signal.aborted) throw error;
  });
  const take = () => {
    const taken = state.fresh;
    state.fresh = [];
    for (const one of taken) all.push(one);
    return taken;
  };
  return {
    all,
    take,
    get events() {
      return state.events;
    },
    stop: async () => {
      take();
      stopping.abort();
      await following;
      await store.close();
    },
  };
};
