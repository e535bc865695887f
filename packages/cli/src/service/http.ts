import { problem } from '@lapse/api';
import type { z } from 'zod';
import { CliError } from '../cli-error.js';

/** Longer than the server's own bound for a request: its answer tells more than our giving up. */
const REQUEST_MS = 60_000;

/** Asks a Lapse server. Every answer is parsed by the contract; a problem becomes a {@link CliError} with its code. */
export interface Service {
  readonly url: string;
  get<S extends z.ZodType>(path: string, answer: S): Promise<z.infer<S>>;
  send<S extends z.ZodType>(method: 'POST' | 'PUT', path: string, body: unknown, answer: S): Promise<z.infer<S>>;
}

export const httpService = (url: string): Service => ({
  url,
  get: (path, answer) => ask(`${url}${path}`, { method: 'GET' }, answer),
  send: (method, path, body, answer) =>
    ask(
      `${url}${path}`,
      { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
      answer,
    ),
});

const ask = async <S extends z.ZodType>(url: string, request: RequestInit, answer: S): Promise<z.infer<S>> => {
  let response: Response;
  try {
    response = await fetch(url, { ...request, signal: AbortSignal.timeout(REQUEST_MS) });
  } catch (error) {
    const why = error instanceof Error ? ((error.cause as Error | undefined)?.message ?? error.message) : String(error);
    throw new CliError('server-unreachable', `no answer from ${url}: ${why}`, 1, { cause: error });
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer.parse(body);
  const told = problem.safeParse(body);
  if (!told.success) throw new CliError('bad-answer', `${url} answered ${response.status}`);
  const whatToDo = told.data.code === 'stream-parked' ? '; what to do: lapse poison list' : '';
  throw new CliError(told.data.code, `${told.data.detail}${whatToDo}`);
};
