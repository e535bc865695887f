import fc from 'fast-check';
import type { Schema } from './document.js';
import { textNode, valueNode, type JsonNode } from './json-node.js';

/**
 * Stand-ins that mean something only when a request goes out: sessions and event ids of now, and times about now. They are
 * filled in by {@link filledIn}, so that an input says the same whenever it is played.
 */
const session = fc.nat({ max: 11 }).map((n) => `@S${n}@`);
const eventId = fc.nat({ max: 400 }).map((n) => `@E${n}@`);
const instant = fc
  .oneof(fc.integer({ min: -600, max: 5 }), fc.integer({ min: -90_000, max: 90_000 }))
  .map((seconds) => `@T${seconds}@`);
const actor = fc.constantFrom('m0', 'm1', 'm2', 'm3', 'b1', 'a17', 'x'.repeat(64), '.', '..', '~-_.');
const place = fc.oneof(fc.nat({ max: 3_000 }).map(String), fc.constantFrom('1', 'start', 'x', '9'.repeat(15)));
const cursor = fc.constantFrom('Mw', 'MQ', 'AA', 'eyJ9', '!!', '3');
const free = fc.oneof(fc.string({ minLength: 1, maxLength: 12 }), fc.constantFrom('q', 'chat/9131'));

/** What a text of this name is in all of the contract; any other name may be any of them. */
const byName: Readonly<Record<string, fc.Arbitrary<string>>> = {
  sessionId: session,
  id: fc.oneof({ weight: 5, arbitrary: eventId }, session),
  eventId,
  occurredAt: instant,
  atLeast: place,
  after: cursor,
  externalId: free,
  queueId: free,
  messageId: free,
  merchantId: fc.constantFrom('m0', 'm1', 'm2', 'm3'),
};
const anyText = fc.oneof(session, eventId, instant, actor, place, free);

/** A text that is, or could be, right for a name; in a path `id` is the session's. */
export const rightText = (name: string, schema: Schema, isPath = false): fc.Arbitrary<string> => {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum.map(String));
  if (schema.pattern !== undefined) return fc.oneof(fc.constantFrom('0', '1', '20', '100', '1000'), matching(schema));
  if (isPath && name === 'id') return session;
  return byName[name] ?? (/id$/i.test(name) ? actor : anyText);
};

const matching = ({ pattern }: Schema): fc.Arbitrary<string> => fc.stringMatching(new RegExp(pattern as string));

/** A value that keeps a schema, as it will be written. */
export const rightNode = (name: string, schema: Schema): fc.Arbitrary<JsonNode> => {
  const either = schema.anyOf ?? schema.oneOf;
  if (either !== undefined) return fc.oneof(...either.map((one) => rightNode(name, one)));
  if (schema.const !== undefined) return fc.constant(valueNode(schema.const));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum.map(valueNode));
  switch (schema.type) {
    case 'object':
      return objectNode(schema);
    case 'array':
      return fc
        .array(rightNode(name, schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 })
        .map((items) => ({ kind: 'array', items }));
    case 'string':
      return rightText(name, schema).map(valueNode);
    case 'integer':
    case 'number':
      return numberNode(schema);
    case 'boolean':
      return fc.boolean().map(valueNode);
    case 'null':
      return fc.constant(textNode('null'));
    default:
      // Whatever a name says, minutes are asked for most.
      return fc.oneof(fc.constantFrom(5, 20, 50, 360).map(valueNode), fc.jsonValue({ maxDepth: 1 }).map(valueNode));
  }
};

const numberNode = ({ minimum = -10, maximum = 1_000 }: Schema): fc.Arbitrary<JsonNode> =>
  fc
    .oneof(
      { weight: 8, arbitrary: fc.integer({ min: minimum, max: Math.min(maximum, minimum + 6) }) },
      fc.integer({ min: minimum, max: maximum }),
    )
    .map(valueNode);

const objectNode = ({ properties = {}, required = [] }: Schema): fc.Arbitrary<JsonNode> => {
  const fields = Object.entries(properties).map(([name, schema]) => {
    const value = rightNode(name, schema).map((node) => [[name, node] as const]);
    return required.includes(name) ? value : fc.oneof(value, fc.constant([]));
  });
  return fc.tuple(...fields).map((entries) => ({ kind: 'object', entries: entries.flat() }));
};

const HOUR_MS = 3_600_000;
const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');

/** Replaces the stand-ins. Sessions and ids are new ones every two hours of the world's clock: the old ones have closed. */
export const filledIn = (text: string, nowMs: number): string =>
  text.replace(/@([SET])(-?\d{1,6})@/g, (_whole, kind: string, digits: string) => {
    const era = Math.floor(nowMs / (2 * HOUR_MS));
    if (kind === 'T') return new Date(nowMs + Number(digits) * 1_000).toISOString();
    if (kind === 'E') return `${hex(era, 8)}-0000-4000-8000-${hex(Number(digits), 12)}`;
    return `01KJM0${String(era).padStart(10, '0')}${digits.padStart(10, '0')}`;
  });
