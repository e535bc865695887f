import { z } from 'zod';

/** The part of a JSON Schema that our document uses; what it does not use yet is fuzzed as any value. */
export interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

/** One route as the document has it, with everything needed to ask it and to judge its answer. */
export interface Route {
  readonly method: string;
  /** `/v1/sessions/{id}` */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | undefined;
  /** By status: the schema of a good answer, the codes of a bad one. */
  readonly answers: ReadonlyMap<number, { readonly schema: z.ZodType; readonly codes: ReadonlySet<string> }>;
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
  readonly description?: string;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}
interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Every route of the document, so that a new one is fuzzed without anybody thinking of it. */
export const routesOf = (document: unknown): readonly Route[] => {
  const { components, paths } = document as Document;
  const inlined = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inlined);
    if (typeof value !== 'object' || value === null) return value;
    const { $ref } = value as { $ref?: string };
    if ($ref !== undefined) return inlined(components.schemas[$ref.split('/').at(-1) as string]);
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inlined(inner)]));
  };
  return Object.entries(inlined(paths) as Document['paths']).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => routeOf(method, path, operation)),
  );
};

const routeOf = (method: string, path: string, operation: Operation): Route => ({
  method: method.toUpperCase(),
  path,
  parameters: operation.parameters ?? [],
  body: Object.values(operation.requestBody?.content ?? {})[0]?.schema,
  answers: new Map(
    Object.entries(operation.responses).map(([status, { content = {}, description = '' }]) => {
      const schema = Object.values(content)[0]?.schema;
      const codes = new Set([...description.matchAll(/^`([a-z-]+)`/gm)].map((match) => match[1] as string));
      return [Number(status), { schema: z.fromJSONSchema((schema ?? {}) as never), codes }];
    }),
  ),
});
