/** What a field of a message is on the wire, and what it is called. */
export interface FieldShape {
  readonly number: number;
  /** `StreamName`, as in `setStreamName`. */
  readonly name: string;
  readonly kind: 'varint' | 'text' | 'bytes' | 'fixed' | 'message' | 'map';
  readonly message: MessageClass | undefined;
}

/** A class that protoc made: all that is needed of it here. */
export interface MessageClass {
  new (): unknown;
  readonly oneofGroups_?: readonly (readonly number[])[];
  deserializeBinary(bytes: Uint8Array): unknown;
  deserializeBinaryFromReader(...args: never[]): unknown;
}

export interface MessageShape {
  readonly fields: readonly FieldShape[];
  /** Numbers of fields of which one counts at most. */
  readonly groups: readonly (readonly number[])[];
}

const CASE = /case (\d+):([\s\S]*?)break;/g;
const known = new WeakMap<MessageClass, MessageShape>();

/**
 * The fields of a message, read off the parser that protoc made for it: the classes carry no description of themselves. Every
 * message of every call is found so, also of calls that a later version of the definitions adds.
 */
export const shapeOf = (message: MessageClass): MessageShape => {
  const found = known.get(message) ?? {
    fields: [...message.deserializeBinaryFromReader.toString().matchAll(CASE)].map(([, number, code]) =>
      fieldOf(Number(number), code as string),
    ),
    groups: message.oneofGroups_ ?? [],
  };
  known.set(message, found);
  return found;
};

const fieldOf = (number: number, code: string): FieldShape => {
  const name = /msg\.(?:set|add|get)(\w+?)(?:Map|List)?\(/.exec(code)?.[1] ?? '';
  if (code.includes('jspb.Map')) return { number, name, kind: 'map', message: undefined };
  const inner = /readMessage\(value,\s*([\w.]+)\.deserializeBinaryFromReader\)/.exec(code)?.[1];
  if (inner !== undefined) return { number, name, kind: 'message', message: classAt(inner) };
  const reader = /read(\w+)\(/.exec(code.replace(/readMessage|isDelimited/g, ''))?.[1] ?? '';
  return { number, name, kind: kindOf(reader), message: undefined };
};

const kindOf = (reader: string): FieldShape['kind'] => {
  if (reader === 'String') return 'text';
  if (reader === 'Bytes') return 'bytes';
  return /Double|Float|ixed/.test(reader) ? 'fixed' : 'varint';
};

interface Namespace {
  readonly [name: string]: Namespace | undefined;
}

/** The classes stand in one global tree under the names of their packages; in the code of others they are named by file. */
const classAt = (name: string): MessageClass | undefined => {
  const [first = '', ...rest] = name.split('.');
  const { proto } = globalThis as unknown as { proto: Namespace };
  const roots: readonly (Namespace | undefined)[] =
    first === 'proto'
      ? [proto]
      : [proto['event_store']?.['client'], proto['google']?.['protobuf'], proto['google']?.['rpc']];
  const found = roots
    .map((root) => rest.reduce((at, part) => at?.[part], root))
    .find((at) => at !== undefined) as unknown;
  return found as MessageClass | undefined;
};
