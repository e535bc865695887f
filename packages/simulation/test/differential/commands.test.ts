import { expect, it } from '@jest/globals';
import {
  answerTo,
  emptyWorld,
  mulberry32,
  randomCommands,
  type World,
  type WorldEvent,
} from '@lapse/simulation/oracle';
import { comparedFromOracle, engineDerive, EngineWorld } from './engine-world.js';
import { asWritten, proofAsStored } from './translate.js';

const SCRIPTS = Number(process.env['LAPSE_SCRIPTS'] ?? 20);
const COMMANDS = 60;
const SEED = Number(process.env['LAPSE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const line = ({ id, type, data, occurredAtMs, readable, schemaNewer }: WorldEvent, withId: boolean): string => {
  const known = ['opened', 'config-version', 'message-from-buyer', 'message-from-agent', 'queued', 'closed'].includes(
    type,
  );
  const { proof, ...rest } = data as { proof?: Parameters<typeof proofAsStored>[0] };
  const written = { ...rest, ...(proof === undefined ? {} : { proof: proofAsStored(proof) }) };
  const what = !known
    ? `${type} unknown`
    : !readable || schemaNewer === true
      ? `${type} unreadable`
      : `${asWritten(type, written)} at ${occurredAtMs}`;
  return withId ? `${id} ${what}` : what;
};

const logsOf = (world: World): Map<string, string[]> =>
  new Map([
    ...Object.entries(world.sessions).map(
      ([stream, events]) => [stream, events.map((event) => line(event, true))] as const,
    ),
    ...Object.entries(world.merchants).map(
      ([id, events]) => [`merchant-${id}`, events.map((event) => line(event, false))] as const,
    ),
  ]);

const play = async (seed: number, foreign: boolean): Promise<void> => {
  const random = mulberry32(seed);
  const { settings, commands } = randomCommands(random, COMMANDS, { foreign, derive: engineDerive });
  const engine = new EngineWorld(settings, mulberry32(seed + 1));
  let world = emptyWorld(settings);
  for (const [i, command] of commands.entries()) {
    // Nobody can send which session a successor follows: opening one by hand is no question that the engine could be asked.
    const opened = command.do === 'open' ? world.sessions[command.stream]?.[0] : undefined;
    if (opened?.data['previousSessionId'] !== undefined) continue;
    const expected = answerTo(world, command, engineDerive);
    const answer = await engine.answerTo(command);
    const before = world;
    world = expected.world;
    try {
      if (command.do !== 'foreign') expect(answer).toEqual(comparedFromOracle(command, expected.answer));
      for (const [stream, events] of logsOf(world))
        expect([stream, await engine.logOf(stream)]).toEqual([stream, events]);
    } catch (error) {
      const stream = 'stream' in command ? command.stream : '';
      const context = { command, stream: before.sessions[stream], settings };
      throw new Error(`seed ${seed}, command ${i}: ${JSON.stringify(context, null, 1)}\n${(error as Error).message}`);
    }
  }
};

it.each([false, true])(
  `the command path answers and writes as the oracle does (foreign writers: %s, LAPSE_SEED=${SEED})`,
  async (foreign) => {
    for (let i = 0; i < SCRIPTS; i++) await play(SEED + i, foreign);
  },
);
