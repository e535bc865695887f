import type { EventToAppend } from '@lapse/store';
import type { EventRecord, Proof } from '@lapse/simulation/oracle';

/** Takes the oracle's plain records to the bytes that a store keeps, and what a store keeps back to plain records. */
const utf8 = new TextEncoder();
const iso = (atMs: number): string => new Date(atMs).toISOString();
const BROKEN = '{"occurredAt":';

export const proofAsStored = (proof: Proof): Record<string, unknown> => ({
  rule: proof.rule,
  limitMinutes: proof.limitMinutes,
  configVersion: proof.configVersion,
  anchor: { revision: proof.anchor.revision, type: proof.anchor.type, occurredAt: iso(proof.anchor.atMs) },
  deadline: iso(proof.deadlineAtMs),
});

type Written = Pick<EventRecord, 'id' | 'type' | 'occurredAtMs' | 'data'> & {
  readonly readable?: boolean | undefined;
  readonly schemaNewer?: boolean | undefined;
};

export const storedFrom = (record: Written): EventToAppend => {
  const { proof, ...rest } = record.data as { proof?: Proof };
  const data = {
    occurredAt: iso(record.occurredAtMs),
    ...rest,
    ...(proof === undefined ? {} : { proof: proofAsStored(proof) }),
  };
  return {
    id: record.id,
    type: record.type,
    contentType: 'application/json',
    data: utf8.encode(record.readable === false ? BROKEN : JSON.stringify(data)),
    metadata: utf8.encode(JSON.stringify({ schemaVersion: record.schemaNewer === true ? 2 : 1 })),
  };
};

/** One event of a log without what may differ: what is said, and when. */
export const asWritten = (type: string, data: Readonly<Record<string, unknown>>): string => {
  const plain = JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
  if (plain['automated'] === false) delete plain['automated'];
  return `${type} ${JSON.stringify(sorted(plain))}`;
};

const sorted = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, sorted(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
};
