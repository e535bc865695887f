import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { schemaNames } from '@lapse/api';

/** How zod schemas become the OpenAPI document: those with a name once, behind `$ref`. */
export const namedSchemas: Pick<FastifyDynamicSwaggerOptions, 'transform' | 'transformObject'> = {
  transform: createJsonSchemaTransform({ schemaRegistry: schemaNames }),
  transformObject: (document) =>
    withoutUnused(createJsonSchemaTransformObject({ schemaRegistry: schemaNames })(document)),
};

type Document = ReturnType<ReturnType<typeof createJsonSchemaTransformObject>>;

/** Each named schema is made in two versions, for requests and for answers; most have one use only. */
const withoutUnused = (document: Document): Document => {
  if (!('components' in document)) return document;
  const { schemas = {}, ...components } = document.components ?? {};
  const texts = new Map(Object.entries(schemas).map(([name, schema]) => [name, JSON.stringify(schema)]));
  const used = reachable(JSON.stringify(document.paths), texts);
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
  return { ...document, components: { ...components, schemas: kept } } as Document;
};

/** The names that `text` refers to, and those that they refer to in turn: a Set hands out what is added while it runs. */
const reachable = (text: string, texts: ReadonlyMap<string, string>): ReadonlySet<string> => {
  const found = new Set(namesIn(text));
  for (const name of found) for (const further of namesIn(texts.get(name) ?? '')) found.add(further);
  return found;
};

const namesIn = (text: string): readonly string[] =>
  [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1] as string);
