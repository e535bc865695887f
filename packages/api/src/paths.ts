/**
 * Where everything is. `:id` and `:merchantId` stand for ids, which cannot hold a character that a path must escape; `:stream`
 * is a stream's name, encoded where it holds one.
 */
export const paths = {
  sessions: '/v1/sessions',
  session: '/v1/sessions/:id',
  sessionEvents: '/v1/sessions/:id/events',
  merchants: '/v1/merchants',
  merchant: '/v1/merchants/:merchantId',
  merchantConfig: '/v1/merchants/:merchantId/config',
  merchantConfigVersions: '/v1/merchants/:merchantId/config/versions',
  merchantRollout: '/v1/merchants/:merchantId/config/rollout',
  merchantRevert: '/v1/merchants/:merchantId/config/revert',
  queue: '/v1/queue',
  activity: '/v1/activity',
  projections: '/v1/projections',
  foldAgain: '/v1/projections/sessions/:id/fold-again',
  parked: '/v1/parked',
  parkedStream: '/v1/parked/:stream',
  parkedRetry: '/v1/parked/:stream/retry',
  parkedSkip: '/v1/parked/:stream/skip',
  live: '/livez',
  ready: '/readyz',
  metrics: '/metrics',
  openapi: '/openapi.json',
} as const;

export const parkedStreamPath = (stream: string): string =>
  paths.parkedStream.replace(':stream', encodeURIComponent(stream));
export const sessionPath = (sessionId: string): string => paths.session.replace(':id', sessionId);
