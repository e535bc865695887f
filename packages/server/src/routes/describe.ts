import { problem, problemCodes, PROBLEM_CONTENT_TYPE, type ProblemCode } from '@lapse/api';

/** What any request may meet, beside what its route says. */
const commonCodes: readonly ProblemCode[] = [
  'bad-request',
  'bad-url',
  'request-timeout',
  'url-too-long',
  'headers-too-large',
  'internal-error',
  'overloaded',
  'shutting-down',
];

const bodyCodes: readonly ProblemCode[] = [
  'bad-encoding',
  'bad-json',
  'body-too-large',
  'unsupported-content-type',
  'bad-value',
  'unknown-field',
];

const storeCodes: readonly ProblemCode[] = ['stream-deleted', 'store-broken', 'store-busy', 'store-unavailable'];

const appendCodes: readonly ProblemCode[] = [
  ...storeCodes,
  'append-too-large',
  'append-ambiguous',
  'disk-full',
  'contention',
];

const viewsCodes: readonly ProblemCode[] = [
  'no-views',
  'views-broken',
  'store-busy',
  'disk-full',
  'position-not-reached',
];

export const codeSets = { body: bodyCodes, store: storeCodes, append: appendCodes, views: viewsCodes };

/** The error answers of a route for the OpenAPI document: one entry a status, naming the codes that it may carry. */
export const problemResponses = (...codes: readonly ProblemCode[]): Record<number, unknown> => {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set([...codes, ...commonCodes])) {
    const { status } = problemCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const entries = [...byStatus].map(([status, known]) => [
    status,
    {
      description: known.map((code) => `\`${code}\`: ${problemCodes[code].title}`).join('\n'),
      content: { [PROBLEM_CONTENT_TYPE]: { schema: problem } },
    },
  ]);
  return Object.fromEntries(entries) as Record<number, unknown>;
};
