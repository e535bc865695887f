import { isViewsError, type ViewsError, type ViewsErrorCode } from '@lapse/projections';
import { isStoreError, type StoreError, type StoreErrorCode } from '@lapse/store';
import type { Refusal } from '@lapse/domain';
import { problemCodes, type ProblemCode } from '@lapse/api';
import { closeAnswer } from '../answers/close.js';
import { isProblemError, ProblemError } from './problem-error.js';

/** A refusal of the rules, as it goes out. */
export const problemOfRefusal = (refusal: Refusal): ProblemError =>
  new ProblemError(refusal.code, refusal.message, {
    ...(refusal.index === undefined ? {} : { index: refusal.index }),
    ...(refusal.actualRevision === undefined ? {} : { actualRevision: refusal.actualRevision }),
    ...(refusal.close === undefined ? {} : { close: closeAnswer(refusal.close) }),
  });

/** Hands on what is no refusal. Throws a {@link ProblemError} for one. */
export const accepted = <T extends { readonly kind: string }>(result: T): Exclude<T, Refusal> => {
  if (result.kind === 'refused') throw problemOfRefusal(result as unknown as Refusal);
  return result as Exclude<T, Refusal>;
};

/** Whatever was thrown, as a problem. What nobody planned for is `internal-error` and keeps its words to the log. */
export const problemOf = (error: unknown): ProblemError => {
  if (isProblemError(error)) return error;
  if (isStoreError(error)) return problemOfStore(error);
  if (isViewsError(error)) return problemOfViews(error);
  return problemOfFramework(error) ?? internalError(error);
};

const internalError = (cause: unknown): ProblemError =>
  new ProblemError('internal-error', 'The log holds more under this correlation id.', {}, { cause });

/** Codes of a store that are about the request keep their words; the others may name files and hosts and do not. */
const storeCodes: Readonly<Record<StoreErrorCode, ProblemCode>> = {
  'bad-position': 'bad-position',
  'append-too-large': 'append-too-large',
  'stream-deleted': 'stream-deleted',
  'store-busy': 'store-busy',
  'store-closed': 'shutting-down',
  'store-unavailable': 'store-unavailable',
  'store-locked': 'store-unavailable',
  'append-ambiguous': 'append-ambiguous',
  'disk-full': 'disk-full',
  'store-read-only': 'store-broken',
  'store-corrupt': 'store-broken',
  'store-format-newer': 'store-broken',
  'store-not-a-database': 'store-broken',
  'access-denied': 'store-broken',
  // The contract refuses these before a store sees them: reaching one is a fault of ours.
  'bad-stream-name': 'internal-error',
  'bad-event-id': 'internal-error',
  'bad-event-type': 'internal-error',
  'bad-content': 'internal-error',
  'bad-revision': 'internal-error',
  'bad-page-size': 'internal-error',
};

const problemOfStore = (error: StoreError): ProblemError => {
  const code = storeCodes[error.code] ?? 'internal-error';
  if (code === 'internal-error') return internalError(error);
  const { status, title } = problemCodes[code];
  return new ProblemError(code, status < 500 ? error.message : title, {}, { cause: error });
};

const viewsCodes: Readonly<Partial<Record<ViewsErrorCode, ProblemCode>>> = {
  'read-too-late': 'position-not-reached',
  'views-closed': 'shutting-down',
  'views-busy': 'store-busy',
  'disk-full': 'disk-full',
};

const problemOfViews = (error: ViewsError): ProblemError => {
  const code = viewsCodes[error.code] ?? 'views-broken';
  return new ProblemError(code, problemCodes[code].title, {}, { cause: error });
};

const frameworkCodes: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-content-type',
  FST_ERR_BAD_URL: 'bad-url',
  FST_ERR_MAX_PARAM_LENGTH: 'url-too-long',
};

/** What fastify and Node say about a request that never reached a handler. Their errors may come from another realm. */
const problemOfFramework = (error: unknown): ProblemError | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? frameworkCodes[code] : undefined;
  if (known !== undefined) return new ProblemError(known, problemCodes[known].title);
  const isAboutRequest = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isAboutRequest ? new ProblemError('bad-request', 'The request did not arrive whole.') : undefined;
};
