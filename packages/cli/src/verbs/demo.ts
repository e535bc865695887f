import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainClose, formatInstant, readEvent, type LapseEvent } from '@lapse/domain';
import { advanceEngine, engineConfig, openEngine, VirtualClock, type Engine } from '@lapse/engine';
import type { Position, RecordedEvent } from '@lapse/store';
import { cancelled, usageError } from '../cli-error.js';
import { demoSteps, MERCHANT, type DemoStep } from '../demo/steps.js';
import { setTimer, sleep, type Io } from '../io.js';

export interface DemoFlags {
  readonly speed?: string;
  readonly conversations?: string;
  readonly json?: boolean;
}

const SPEED_DEFAULT = 1_200;
const CONVERSATIONS_DEFAULT = 12;
/** Nobody waits longer than this for the next line, however quiet the night was. */
const PAUSE_MS_MAX = 1_500;
/** Long after the last step every limit has run out. */
const AFTERMATH_MS = 12 * 60 * 60_000;

/** `lapse demo`: the real engine and store on an accelerated clock, in a folder that is thrown away. */
export const demoVerb = async (io: Io, flags: DemoFlags): Promise<void> => {
  const speed = numberOf(flags.speed, SPEED_DEFAULT, '--speed', 1_000_000);
  const conversations = numberOf(flags.conversations, CONVERSATIONS_DEFAULT, '--conversations', 60);
  const dataDir = mkdtempSync(join(tmpdir(), 'lapse-demo-'));
  const clock = new VirtualClock();
  const engine = await openEngine({
    config: engineConfig.parse({ dataDir }),
    nowMs: clock.nowMs,
    random: io.random,
    setTimer,
    sweeps: false,
  });
  try {
    await new Demo(io, engine, clock, speed, flags.json === true).play(await demoSteps(conversations));
  } finally {
    await engine.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
};

const numberOf = (text: string | undefined, otherwise: number, flag: string, max: number): number => {
  if (text === undefined) return otherwise;
  if (!/^\d{1,7}$/.test(text) || Number(text) > max) throw usageError(`${flag} takes a whole number from 0 to ${max}`);
  return Number(text);
};

interface Ending {
  readonly label: string;
  readonly limitMinutes: number | null;
  readonly why: string;
}

class Demo {
  private seen: Position | 'start' = 'start';
  private readonly labels = new Map<string, string>();
  private readonly endings: Ending[] = [];

  constructor(
    private readonly io: Io,
    private readonly engine: Engine,
    private readonly clock: VirtualClock,
    private readonly speed: number,
    private readonly json: boolean,
  ) {}

  async play(steps: readonly DemoStep[]): Promise<void> {
    const last = steps.at(-1)?.atMs ?? 0;
    this.say('Real conversations of one day in a help channel, and merchant demo, who changes a limit.');
    this.say('Every line below is an event read back from the log.\n');
    for (const step of steps) {
      await this.runTo(step.atMs);
      await this.act(step);
      await this.printNews();
    }
    await this.runTo(last + AFTERMATH_MS);
    this.printEnd();
  }

  /** Stops at every deadline on the way, so that each close is seen when it is due. */
  private async runTo(atMs: number): Promise<void> {
    for (;;) {
      if (this.io.signal.aborted) throw cancelled();
      const { nextDueMs = Number.POSITIVE_INFINITY } = this.engine.timeouts.status();
      const nextMs = Math.max(this.clock.nowMs(), Math.min(atMs, nextDueMs + 1));
      await this.pause(nextMs);
      await advanceEngine(this.engine, this.clock, nextMs);
      await this.printNews();
      if (nextMs >= atMs) return;
    }
  }

  private async pause(untilMs: number): Promise<void> {
    const fromMs = this.clock.nowMs();
    if (this.speed === 0 || fromMs === 0) return;
    await sleep(Math.min(PAUSE_MS_MAX, (untilMs - fromMs) / this.speed), this.io.signal);
  }

  private async act(step: DemoStep): Promise<void> {
    const { commands, names } = this.engine;
    switch (step.kind) {
      case 'config': {
        const by = { role: 'merchant-main', id: 'owner' } as const;
        const { merchantId, buyerReplyMinutes } = step;
        await commands.configure({ merchantId, by, command: { kind: 'rollout', buyerReplyMinutes } });
        await commands.configure({ merchantId, by, command: { kind: 'change', buyerReplyMinutes } });
        return;
      }
      case 'open':
        this.labels.set(names.session(step.sessionId), step.label);
        await commands.openSession({ sessionId: step.sessionId, occurredAtMs: step.atMs, data: step.data });
        return;
      case 'append': {
        const { sessionId, event, label } = step;
        const answer = await commands.append({ sessionId, events: [event], onClosed: 'open-new' });
        if (answer.kind === 'appended' && answer.openedSuccessor) {
          this.labels.set(names.session(answer.sessionId), `${label}'`);
        }
      }
    }
  }

  private async printNews(): Promise<void> {
    for (;;) {
      const page = await this.engine.store.readAll({ after: this.seen });
      for (let i = 0; i < page.size; i++) await this.printEvent(page.event(i));
      this.seen = page.scannedTo;
      if (page.atEnd) return;
    }
  }

  private async printEvent(recorded: RecordedEvent): Promise<void> {
    const read = readEvent(recorded);
    if (read.kind !== 'event') return;
    const { event } = read;
    const isPin = event.type === 'config-version' && event.data.merchantRevision !== undefined;
    if (isPin) return;
    const label = this.labels.get(recorded.stream) ?? recorded.stream;
    const why = event.type === 'closed' ? await this.explain(recorded, label) : undefined;
    this.line(event, label, why);
  }

  private async explain(recorded: RecordedEvent, label: string): Promise<string> {
    const name = this.engine.names.read(recorded.stream);
    const reading = name.kind === 'session' ? await this.engine.commands.readSession(name.id) : undefined;
    if (reading?.kind !== 'session' || reading.state.close === undefined) return 'closed';
    const placed = reading.events.flatMap(({ revision, event }) => (event === undefined ? [] : [{ revision, event }]));
    const why = explainClose(reading.state.close, placed);
    this.endings.push({ label, limitMinutes: reading.state.pin?.buyerReplyMinutes ?? null, why });
    return why;
  }

  private line(event: LapseEvent, label: string, why: string | undefined): void {
    const at = formatInstant(event.occurredAtMs);
    if (this.json) {
      this.io.out(`${JSON.stringify({ at, session: label, type: event.type, data: event.data, why })}\n`);
    } else {
      this.io.out(`${at.slice(0, 10)} ${at.slice(11, 16)}  ${label.padEnd(14)}  ${why ?? describe(event)}\n`);
    }
  }

  private printEnd(): void {
    const own = this.endings
      .filter(({ label }) => /^[A-D]$/.test(label))
      .sort((a, b) => a.label.localeCompare(b.label));
    this.say(`\n${this.endings.length} sessions have closed, each once, each at its deadline. The change of limit:`);
    for (const { label, limitMinutes, why } of own) this.say(`  ${label} kept its ${limitMinutes} min: ${why}`);
  }

  private say(text: string): void {
    if (!this.json) this.io.out(`${text}\n`);
  }
}

const describe = (event: LapseEvent): string => {
  switch (event.type) {
    case 'opened':
      return event.data.previousSessionId === undefined ? 'opened' : 'opened as the successor of a lapsed session';
    case 'config-version':
      return `${event.data.merchantId === MERCHANT ? 'merchant demo' : event.data.merchantId} now gives a silent buyer ${event.data.buyerReplyMinutes} min (config version ${event.data.version})`;
    case 'message-from-buyer':
      return 'buyer wrote';
    case 'message-from-agent':
      return 'agent wrote';
    case 'queued':
      return 'queued';
    case 'closed':
      return 'closed';
  }
};
