import fc from 'fast-check';
import { oddJson, oddText, rarely } from './hostile.js';

/** Fields of a line as they are written: a name may stand twice, a value may be no JSON. */
type Fields = readonly (readonly [name: string, json: string])[];

const START_MS = Date.UTC(2024, 0, 1);
const types = ['message-from-buyer', 'message-from-agent', 'queued', 'closed', 'message-from-agent'];

interface Told {
  readonly type: string;
  readonly afterMinutes: number;
}

/** A conversation that is right: its lines in their order. */
const conversation = (session: string, merchant: string, startMinute: number, told: readonly Told[]): Fields[] => {
  let atMs = START_MS + startMinute * 60_000;
  return [{ type: 'opened', afterMinutes: 0 }, ...told].map(({ type, afterMinutes }, seq) => {
    atMs += afterMinutes * 60_000;
    const own =
      type === 'opened'
        ? { by: 'buyer', buyer: 'b1', merchant }
        : type === 'closed'
          ? { reason: 'done' }
          : type === 'queued'
            ? { team: 'returns' }
            : { actor: 'a1', len: 12 };
    const line = { session, seq, type, at: new Date(atMs).toISOString(), ...own };
    return Object.entries(line).map(([name, value]) => [name, JSON.stringify(value)] as const);
  });
};

const told: fc.Arbitrary<Told> = fc.record({
  type: fc.constantFrom(...types),
  afterMinutes: fc.oneof(fc.nat({ max: 30 }), fc.constantFrom(20, 360, 1_440, 5_000)),
});

interface LineFault {
  readonly what: 'value' | 'drop' | 'twice' | 'name' | 'more' | 'swap' | 'repeat' | 'noise';
  readonly line: number;
  readonly field: number;
  readonly json: string;
  readonly name: string;
}

const lineFault: fc.Arbitrary<LineFault> = fc.record({
  what: fc.constantFrom('value', 'value', 'drop', 'twice', 'name', 'more', 'swap', 'repeat', 'noise'),
  line: fc.nat({ max: 40 }),
  field: fc.nat({ max: 8 }),
  json: oddJson,
  name: fc.oneof(oddText, fc.constantFrom('at', 'seq', 'type', 'text', 'automated')),
});

const faulty = (lines: readonly string[][], fault: LineFault): string[][] => {
  if (lines.length === 0) return [];
  const at = fault.line % lines.length;
  const line = lines[at] as string[];
  const field = fault.field % Math.max(1, line.length);
  const [own = '""'] = /^"(?:[^"\\]|\\.)*"/.exec(line[field] ?? '') ?? [];
  const put = (...fields: string[]): string[][] => lines.with(at, line.toSpliced(field, 1, ...fields));
  switch (fault.what) {
    case 'value':
      return put(`${own}:${fault.json}`);
    case 'drop':
      return put();
    case 'twice':
      return put(line[field] ?? '', line[field] ?? '');
    case 'name':
      return put(`${JSON.stringify(fault.name)}:${fault.json}`);
    case 'more':
      return put(line[field] ?? '', `${JSON.stringify(fault.name)}:${fault.json}`);
    case 'swap':
      return lines.with(at, lines[0] as string[]).with(0, line);
    case 'repeat':
      return [...lines, line];
    case 'noise':
      return lines.toSpliced(at, 0, [fault.json]);
  }
};

/** A history as text: right, or with a few lines that are not. */
export const history: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(fc.tuple(fc.constantFrom('m1', 'm2'), fc.nat({ max: 2_000 }), fc.array(told, { maxLength: 6 })), {
      maxLength: 4,
    }),
    rarely(fc.array(lineFault, { minLength: 1, maxLength: 3 }), 2, []),
    fc.constantFrom('\n', '\n', '\n', '\r\n', '\n\n'),
  )
  .map(([all, faults, lineEnd]) => {
    const lines = all.flatMap(([merchant, start, events], i) => conversation(`c${i}`, merchant, start, events));
    const texts = lines.map((fields) => fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`));
    return faults
      .reduce(faulty, texts)
      .map((fields) => `{${fields.join(',')}}${lineEnd}`)
      .join('');
  });
