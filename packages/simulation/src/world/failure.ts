import type { Violation } from '../oracle/violation.js';

/** A promise that was not kept in a world: one of the oracle's, or one about rows, refusals and engines. */
export interface Failure {
  readonly promise:
    | Violation['promise']
    | 'refused-nowhere'
    | 'late-appended'
    | 'pin-stale'
    | 'no-contention'
    | 'sweep-early'
    | 'rows-right'
    | 'rows-like-fold'
    | 'rebuild-silent'
    | 'read-models-live'
    | 'same-closes'
    | 'no-crash';
  readonly stream: string;
  readonly what: string;
}
