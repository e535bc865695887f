import { StoreError, type StoreErrorCode } from '@lapse/store';
import type { Failure } from './wire/failure.js';

const CODE_OF: Readonly<Record<Failure['kind'], StoreErrorCode>> = {
  'not-found': 'store-unavailable',
  deleted: 'stream-deleted',
  'too-large': 'append-too-large',
  denied: 'access-denied',
  'not-leader': 'store-unavailable',
  'not-sent': 'store-unavailable',
  ambiguous: 'store-unavailable',
  unsupported: 'store-unavailable',
  fatal: 'store-unavailable',
};

/** The error that a caller of the store gets for a failure that nobody could mend. */
export const storeErrorOf = (failure: Failure, doing: string): StoreError => {
  const size =
    failure.kind === 'too-large' && failure.bytesMax !== undefined ? ` (at most ${failure.bytesMax} bytes)` : '';
  return new StoreError(CODE_OF[failure.kind], `${doing}: ${failure.message}${size}`);
};

export const closedError = (): StoreError => new StoreError('store-closed', 'the EventStoreDB store is closed');
