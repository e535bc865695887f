import type { Place } from '@lapse/projections';

/**
 * A place in a log as a number that grows evenly: the embedded store counts events, a server bytes (the first half of
 * `commit/prepare`). For telling how much of a log somebody has behind them, for nothing else.
 */
export const placeNumber = (place: Place): number => (place === 'start' ? 0 : Number(place.split('/')[0]));
