import { STATUS_CODES } from 'node:http';
import { problemCodes, type ProblemCode } from '@lapse/api';
import type { Answer, Question } from '../world.js';

const SHOWN_HEADERS = ['content-type', 'location', 'retry-after', 'allow'] as const;
const fence = (text: string): string => ['```http', text, '```'].join('\n');
const pretty = (value: unknown): string => JSON.stringify(value, undefined, 2);

/** A request and its answer, as they stand in docs/http.md. */
export const renderExample = ({ method = 'GET', path, json }: Question, answer: Answer): string => {
  const asked = [
    `${method} ${path}`,
    ...(json === undefined ? [] : ['content-type: application/json', '', pretty(json)]),
  ];
  const headers = SHOWN_HEADERS.flatMap((name) => {
    const value = answer.headers[name];
    return value === undefined ? [] : [`${name}: ${value}`];
  });
  const head = [`${answer.status} ${STATUS_CODES[answer.status] ?? ''}`, ...headers];
  return [fence(asked.join('\n')), fence([...head, '', pretty(answer.body)].join('\n'))].join('\n\n');
};

const retryWords: Record<(typeof problemCodes)[ProblemCode]['retry'], string> = {
  no: 'no',
  later: 'yes, later',
  'as-is': 'yes, with the same ids',
  'look-first': 'look first',
};

/** Every code, in the order of the table in the contract. */
export const renderCodes = (): string =>
  [
    '| status | code | what it says | send it again? |',
    '| --- | --- | --- | --- |',
    ...Object.entries(problemCodes).map(
      ([code, { status, title, retry }]) => `| ${status} | \`${code}\` | ${title} | ${retryWords[retry]} |`,
    ),
  ].join('\n');

export type Blocks = ReadonlyMap<string, string>;

const block = (name: string): RegExp => new RegExp(`(<!-- run: ${name} -->\n)[^]*?(<!-- end -->)`);

/** The names of the blocks that a page has a place for. */
export const namesIn = (page: string): string[] =>
  [...page.matchAll(/<!-- run: ([a-z-]+) -->/g)].map((match) => match[1] as string);

/** The page with each of its blocks filled in. */
export const filled = (page: string, blocks: Blocks): string =>
  [...blocks].reduce(
    (text, [name, content]) =>
      text.replace(block(name), (_all, start: string, end: string) => `${start}${content}\n${end}`),
    page,
  );
