// Requests at the moments at which they are due, whether the server keeps up or not: latency counts from that moment.
const MINUTE_MS = 60_000;
const TICK_MS = 10;
const IN_FLIGHT_MAX = 2_000;
/** Within each minute: the herd is opened until here, and comes due there … */
const HERD_OPENED_BY_MS = 30_000;
const HERD_DUE_AT_MS = 40_000;
/** … and from here on traffic comes in bursts: so many times the rate for a second, then a second of silence. */
const BURSTS_FROM_MS = 48_000;
const BURST_FACTOR = 4;

export const phaseAt = (sinceStartMs) => {
  const inMinute = sinceStartMs % MINUTE_MS;
  if (inMinute >= BURSTS_FROM_MS) return 'bursts';
  return inMinute >= HERD_DUE_AT_MS - 1_000 ? 'herd' : 'steady';
};

const rateAt = (sinceStartMs, rate) => {
  if (phaseAt(sinceStartMs) !== 'bursts') return rate;
  return Math.floor(sinceStartMs / 1_000) % 2 === 0 ? rate * BURST_FACTOR : 0;
};

export class Traffic {
  all = [];
  #latencies = [];
  #answered = 0;
  #heldBack = 0;
  #underWay = new Set();
  #timer;

  constructor(parts) {
    this.parts = parts;
  }

  start(startedMs) {
    const { rate, herd } = this.parts;
    let lastMs = startedMs;
    let owed = 0;
    let herdOwed = 0;
    this.#timer = setInterval(() => {
      const nowMs = Date.now();
      const sinceMs = nowMs - startedMs;
      owed += (rateAt(sinceMs, rate) * (nowMs - lastMs)) / 1_000;
      const inMinute = sinceMs % MINUTE_MS;
      if (inMinute < HERD_OPENED_BY_MS) herdOwed += (herd * (nowMs - lastMs)) / HERD_OPENED_BY_MS;
      lastMs = nowMs;
      for (; owed >= 1; owed -= 1) this.#send(nowMs, () => this.parts.services.next());
      const dueMs = nowMs - inMinute + HERD_DUE_AT_MS;
      for (; herdOwed >= 1; herdOwed -= 1) this.#send(nowMs, () => this.parts.services.requests.openDueAt(dueMs));
    }, TICK_MS);
  }

  /** What has happened since the last time. */
  take() {
    const taken = { latencies: this.#latencies, answered: this.#answered, heldBack: this.#heldBack };
    for (const one of taken.latencies) this.all.push(one);
    this.#latencies = [];
    this.#answered = 0;
    this.#heldBack = 0;
    return taken;
  }

  /** The last answers are waited for. */
  async stop() {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    this.take();
  }

  #send(dueMs, request) {
    if (this.#underWay.size >= IN_FLIGHT_MAX) {
      this.#heldBack += 1;
      return;
    }
    const one = this.parts.services.send(this.parts.url, request()).then((isAnswered) => {
      this.#underWay.delete(one);
      if (!isAnswered) return;
      this.#answered += 1;
      this.#latencies.push(Date.now() - dueMs);
    });
    this.#underWay.add(one);
  }
}
