import type { Commands, EventToSend, OpenSession } from '@lapse/commands';
import type { Random } from '../oracle/random.js';
import type { Step } from '../world/plan.js';
import type { Owner } from '../world/owner.js';
import type { Scheduler } from '../world/scheduler.js';
import { names, type SimulatedEngine } from '../world/simulated-engine.js';
import type { Ledger } from './ledger.js';

interface SenderParts {
  readonly scheduler: Scheduler;
  readonly engines: readonly SimulatedEngine[];
  readonly ledger: Ledger;
  readonly random: Random;
  readonly owner: Owner;
  /** So few write at once in a world that no engine may ever give up on a command. */
  readonly onContention: (answer: string) => void;
}

type StepOf<Kind extends Step['do']> = Extract<Step, { do: Kind }>;
type Answer = { readonly kind: string };
type Final<T> = { readonly answer: T; readonly allAnswered: boolean };

/** How often a chat service tries before it gives up. */
const TRIES_MAX = 8;
const PAUSE_MS_MAX = 90_000;
/** After this long it takes the answer for lost, whatever the engine still does. */
const PATIENCE_MS = 30_000;

/** A chat service: says its thing to some engine, and with the same ids again until somebody answers. */
export class Sender {
  constructor(private readonly parts: SenderParts) {}

  async open({ sessionId, event, engine }: StepOf<'open'>): Promise<void> {
    const { id, data, occurredAtMs } = event;
    const command: OpenSession = { sessionId, eventId: id, occurredAtMs, data: data as unknown as OpenSession['data'] };
    const { ledger } = this.parts;
    ledger.opens(id, command.data.merchantId);
    const final = await this.insist(engine, (commands) => commands.openSession(command));
    if (final?.answer.kind === 'opened') {
      ledger.acknowledge([{ id: final.answer.eventId, stream: names.session(sessionId), revision: 0 }]);
    } else this.settle(final, [id]);
  }

  async send({ sessionId, events, onClosed, expectedRevision, engine }: StepOf<'send'>): Promise<void> {
    const sent = events.map((event) => ({ ...event }) as unknown as EventToSend);
    const command = { sessionId, events: sent, onClosed, expectedRevision };
    const final = await this.insist(engine, (commands) => commands.append(command));
    const { ledger } = this.parts;
    if (final?.answer.kind === 'appended') {
      const stream = names.session(final.answer.sessionId);
      ledger.acknowledge(final.answer.events.map(({ id, revision }) => ({ id, stream, revision })));
    } else {
      this.settle(
        final,
        events.map(({ id }) => id),
      );
    }
  }

  async configure({ merchantId, action, value, engine }: StepOf<'configure'>): Promise<void> {
    const command =
      action === 'rollout'
        ? ({ kind: 'rollout' } as const)
        : action === 'change'
          ? ({ kind: 'change', buyerReplyMinutes: value } as const)
          : ({ kind: 'revert', toVersion: value } as const);
    const by = { role: 'main', id: `main-of-${merchantId}` };
    const final = await this.insist(engine, (commands) => commands.configure({ merchantId, command, by }));
    if (final?.answer.kind === 'configured') this.parts.ledger.configured(merchantId, final.answer.revision);
  }

  async read({ sessionId, merchantId, engine }: StepOf<'read'>): Promise<void> {
    await this.insist(engine, (commands) => commands.readSession(sessionId));
    const { engines } = this.parts;
    const { running, clock } = engines[engine % engines.length] as SimulatedEngine;
    try {
      running?.projections.queue({ merchantId, nowMs: clock.nowMs(), limit: 10 });
      running?.projections.session(sessionId);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ViewsError') throw error;
    }
  }

  private settle(final: Final<Answer> | undefined, ids: readonly string[]): void {
    const { ledger } = this.parts;
    if (final?.answer.kind === 'refused' && final.allAnswered) {
      ledger.refuse(ids, (final.answer as Answer & { code: string }).code);
    } else ledger.leaveOpen(ids);
  }

  /** Asks one engine after the other until one answers; undefined for a sender who gave up. */
  private async insist<T extends Answer>(
    first: number,
    question: (commands: Commands) => Promise<T>,
  ): Promise<Final<T> | undefined> {
    const { scheduler, engines, owner, random } = this.parts;
    let allAnswered = true;
    for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
      const engine = engines[(first + attempt) % engines.length] as SimulatedEngine;
      if (engine.isUp) {
        const asked = await Promise.race([
          engine.ask(({ commands }) => question(commands)),
          scheduler.sleep(PATIENCE_MS, owner).then(() => ({ kind: 'lost' }) as const),
        ]);
        await scheduler.step(owner);
        if (asked.kind === 'answered' && !isTurnedAway(asked.answer)) return { answer: asked.answer, allAnswered };
        if (asked.kind === 'answered' && isTurnedAway(asked.answer)) {
          this.parts.onContention(JSON.stringify(asked.answer));
        }
        if (asked.kind === 'failed') failUnlessStoreError(asked.error);
        if (asked.kind !== 'answered') allAnswered = false;
      }
      await scheduler.sleep(random() * Math.min(PAUSE_MS_MAX, 500 * 4 ** attempt), owner);
    }
    return undefined;
  }
}

/** The one refusal that says nothing about the command: try again. */
const isTurnedAway = (answer: Answer): boolean =>
  answer.kind === 'refused' && (answer as Answer & { code: string }).code === 'contention';

/** Whatever else a command throws is a bug. */
const failUnlessStoreError = (error: unknown): void => {
  if (!(error instanceof Error) || error.name !== 'StoreError') throw error;
};
