import fc from 'fast-check';
import { oddJson, oddText } from './odd-values.js';

/** A JSON value as it will be written: an object may say a name twice, and any place may hold text that is no JSON. */
export type JsonNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, JsonNode])[] };

export const textNode = (text: string): JsonNode => ({ kind: 'text', text });
export const valueNode = (value: unknown): JsonNode => textNode(JSON.stringify(value));

export const written = (node: JsonNode): string => {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'array':
      return `[${node.items.map(written).join(',')}]`;
    case 'object':
      return `{${node.entries.map(([name, value]) => `${JSON.stringify(name)}:${written(value)}`).join(',')}}`;
  }
};

/** What is done at one place of a value. `place` counts the places from the outside in, and starts again behind the last. */
export interface Change {
  readonly what: 'replace' | 'remove' | 'twice' | 'rename' | 'more' | 'wrap';
  readonly place: number;
  readonly json: string;
  readonly name: string;
}

export const change: fc.Arbitrary<Change> = fc.record({
  what: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'twice', 'rename', 'more', 'wrap'),
  place: fc.nat({ max: 60 }),
  json: oddJson,
  name: fc.oneof(oddText, fc.constantFrom('id', 'type', 'data', 'events', 'text', 'at', 'proof', 'version')),
});

const placesOf = (node: JsonNode): number => {
  if (node.kind === 'text') return 1;
  const inside = node.kind === 'array' ? node.items : node.entries.map(([, value]) => value);
  return 1 + inside.reduce((sum, one) => sum + placesOf(one), 0);
};

export const changed = (node: JsonNode, by: Change): JsonNode => {
  const at = by.place % placesOf(node);
  return at === 0 ? (changedHere(node, by)[0] ?? textNode('')) : inside(node, at, by);
};

const inside = (node: JsonNode, at: number, by: Change): JsonNode => {
  let left = at - 1;
  const here = (value: JsonNode): boolean => {
    const places = placesOf(value);
    const isHere = left >= 0 && left < places;
    if (!isHere) left -= places;
    return isHere;
  };
  if (node.kind === 'text') return node;
  if (node.kind === 'array') return { kind: 'array', items: node.items.flatMap((item) => step(item, here(item))) };
  return {
    kind: 'object',
    entries: node.entries.flatMap(([name, value]) => {
      const isHere = here(value);
      const newName = isHere && left === 0 && by.what === 'rename' ? by.name : name;
      return step(value, isHere).map((one) => [newName, one] as const);
    }),
  };

  function step(value: JsonNode, isHere: boolean): readonly JsonNode[] {
    if (!isHere) return [value];
    const found = left === 0 ? changedHere(value, by) : [inside(value, left, by)];
    left = -1;
    return found;
  }
};

/** What stands at the place afterwards: nothing, one value, or two. */
const changedHere = (node: JsonNode, { what, json, name }: Change): readonly JsonNode[] => {
  switch (what) {
    case 'replace':
      return [textNode(json)];
    case 'remove':
      return [];
    case 'twice':
      return [node, node];
    case 'rename':
      return [node];
    case 'wrap':
      return [{ kind: 'object', entries: [[name, node]] }];
    case 'more':
      return node.kind === 'object'
        ? [{ kind: 'object', entries: [...node.entries, [name, textNode(json)]] }]
        : [{ kind: 'array', items: [node, textNode(json)] }];
  }
};
