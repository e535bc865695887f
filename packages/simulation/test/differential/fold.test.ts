import { expect, it } from '@jest/globals';
import { deadlineOf, fold, foldEventOf, park, readEvent, streamNames, unseen, type SessionState } from '@lapse/domain';
import { fateOf, mulberry32, randomLog, type Fate, type SessionLog } from '@lapse/simulation/oracle';
import { storedFrom } from './translate.js';

const LOGS = Number(process.env['LAPSE_LOGS'] ?? 2_000);
const SEED = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const names = streamNames();

const foldedByEngine = ({ stream, events }: SessionLog): SessionState => {
  const state = unseen(stream);
  const name = names.read(stream);
  if (name.kind !== 'session') park(state, -1, 'bad name');
  const ids = new Set<string>();
  for (const record of events) {
    const { revision, id } = record;
    if (ids.has(id)) fold(state, { kind: 'repeated-id', revision });
    else fold(state, foldEventOf(revision, readEvent(storedFrom(record))));
    ids.add(id);
  }
  return state;
};

/** What both must agree on, in one shape. */
const ofOracle = (fate: Fate) => ({
  state: fate.parked !== null ? 'parked' : fate.state,
  parkedAt: fate.parked?.revision ?? -1,
  rule: fate.clock?.rule,
  anchor:
    fate.clock === null ? undefined : [fate.clock.anchor.revision, fate.clock.anchor.type, fate.clock.anchor.atMs],
  deadlineAtMs: fate.clock?.deadlineAtMs ?? undefined,
  latched: fate.latched,
  waitingSinceMs: fate.waitingSinceMs ?? undefined,
  close: fate.close === null ? undefined : [fate.close.revision, fate.close.reason, fate.close.countedAtMs],
  messages: fate.tally.messages,
  repeated: fate.tally.repeated.length,
  unknown: fate.tally.unknownTypes,
});

const ofEngine = (state: SessionState): ReturnType<typeof ofOracle> => {
  const isOpen = state.status === 'open' && state.parked === undefined;
  return {
    state: state.parked !== undefined ? 'parked' : state.status,
    parkedAt: state.parked?.revision ?? -1,
    rule: isOpen ? state.rule : undefined,
    anchor: isOpen ? [state.anchorRevision, state.anchorType, state.anchorAtMs] : undefined,
    deadlineAtMs: isOpen ? deadlineOf(state) : undefined,
    latched: isOpen && state.latched,
    waitingSinceMs: isOpen ? state.waitingSinceMs : undefined,
    close: state.close === undefined ? undefined : [state.close.revision, state.close.reason, state.close.atMs],
    messages: { buyer: state.buyerMessages, agent: state.agentMessages, automated: state.automatedMessages },
    repeated: state.repeatedIds,
    unknown: state.unknownEvents,
  };
};

it(`the engine folds ${LOGS} hostile logs as the oracle reads them (LAPSE_SEED=${SEED})`, () => {
  const random = mulberry32(SEED);
  for (let i = 0; i < LOGS; i++) {
    const log = randomLog(random);
    const oracle = ofOracle(fateOf(log));
    const engine = ofEngine(foldedByEngine(log));
    if (oracle.state === 'unpinned') {
      // While the limits are not recorded, the one counts what is held and the other does not.
      engine.messages = oracle.messages;
    }
    try {
      expect(engine).toEqual(oracle);
    } catch (error) {
      throw new Error(`log ${i} of seed ${SEED}: ${JSON.stringify(log, null, 1)}\n${(error as Error).message}`);
    }
  }
});
