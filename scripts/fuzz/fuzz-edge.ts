import { inspect } from 'node:util';
import fc from 'fast-check';
import { Memory, type MemorySeen } from './memory.js';

/** What can be fuzzed: inputs come by handfuls, which are sent side by side. */
export interface Edge {
  readonly inputs: fc.Arbitrary<readonly unknown[]>;
  readonly counts: ReadonlyMap<string, number>;
  /** Rejects for an answer that breaks a promise. */
  send(inputs: readonly never[]): Promise<void>;
  /** Compares everything that is left behind with what was answered; rejects where they differ. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export interface Result {
  readonly name: string;
  readonly inputs: number;
  readonly seconds: number;
  readonly counts: ReadonlyMap<string, number>;
  readonly memory: MemorySeen;
  readonly failure: string | undefined;
}

interface Options {
  readonly name: string;
  readonly open: () => Promise<Edge>;
  /** Of the first batch; each further one has the next. */
  readonly seed: number;
  readonly inputsMax: number;
  readonly hasTime: () => boolean;
}

const HANDFULS_PER_BATCH = 100;
const TELL_MS = 10_000;
const SHRINK_MS_MAX = 60_000;

/** Errors that nobody handles, from whatever the inputs have set going. */
const stray: unknown[] = [];
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => stray.push(error));
}
const throwStray = (): void => {
  if (stray.length > 0) throw new Error(`nobody handles: ${inspect(stray.shift())}`);
};

/** Sends batch after batch to one edge that stays open, until there is no more time, enough was sent, or a promise breaks. */
export const fuzzEdge = async ({ name, open, seed, inputsMax, hasTime }: Options): Promise<Result> => {
  const startedAtMs = Date.now();
  const memory = new Memory();
  const edge = await open();
  let inputs = 0;
  let toldAtMs = startedAtMs;
  let failure: string | undefined;
  for (let batch = 0; inputs < inputsMax && hasTime() && failure === undefined; batch++) {
    failure = await playBatch(edge, seed + batch, (sent) => (inputs += sent));
    if (failure !== undefined) failure = `${failure}\n${await shortest(name, open, seed + batch)}`;
    else failure = memory.look();
    if (Date.now() - toldAtMs < TELL_MS) continue;
    toldAtMs = Date.now();
    const perSecond = Math.round((inputs * 1_000) / (toldAtMs - startedAtMs));
    process.stderr.write(
      `${name}  ${inputs} / ${inputsMax} inputs  ${perSecond}/s  heap ${memory.seen.heapMb.end} MB\n`,
    );
  }
  await edge.close();
  const seconds = (Date.now() - startedAtMs) / 1_000;
  return { name, inputs, seconds, counts: edge.counts, memory: memory.seen, failure };
};

/** What went wrong, without looking for a shorter input: the edge goes on to live with what it was sent. */
const playBatch = async (edge: Edge, seed: number, onSent: (inputs: number) => void): Promise<string | undefined> => {
  const property = fc.asyncProperty(edge.inputs, async (inputs) => {
    await edge.send(inputs as readonly never[]);
    onSent(inputs.length);
    throwStray();
  });
  try {
    await fc.assert(property, { seed, numRuns: HANDFULS_PER_BATCH, endOnFailure: true });
    await edge.settle();
    throwStray();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
};

/** The same batch at a fresh edge, everything compared after each handful, and the handful made smaller while it still fails. */
const shortest = async (name: string, open: () => Promise<Edge>, seed: number): Promise<string> => {
  const again = `Again: npm run fuzz -- --edge ${name} --seed ${seed} --inputs 1`;
  const edge = await open();
  const property = fc.asyncProperty(edge.inputs, async (inputs) => {
    await edge.send(inputs as readonly never[]);
    await edge.settle();
    throwStray();
  });
  const found = await fc.check(property, {
    seed,
    numRuns: HANDFULS_PER_BATCH,
    interruptAfterTimeLimit: SHRINK_MS_MAX,
  });
  await edge.close().catch(() => undefined);
  if (!found.failed || found.counterexample === null) return `${again}\n(in a fresh world this batch alone passes)`;
  return `${again}\nThe shortest that still fails:\n${fc.stringify(found.counterexample[0])}\n${messageOf(found.errorInstance)}`;
};

/** What the property threw, without what fast-check says around it: the shortest input is looked for apart. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? (error.cause === undefined ? error.message : messageOf(error.cause)) : String(error);
