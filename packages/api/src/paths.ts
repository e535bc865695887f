/** Where everything is. `:id` and `:merchantId` stand for ids; neither can hold a character that a path must escape. */
export const paths = {
  sessions: '/v1/sessions',
  session: '/v1/sessions/:id',
  sessionEvents: '/v1/sessions/:id/events',
  merchantConfig: '/v1/merchants/:merchantId/config',
  merchantConfigVersions: '/v1/merchants/:merchantId/config/versions',
  merchantRollout: '/v1/merchants/:merchantId/config/rollout',
  merchantRevert: '/v1/merchants/:merchantId/config/revert',
  queue: '/v1/queue',
  projections: '/v1/projections',
  live: '/livez',
  ready: '/readyz',
  openapi: '/openapi.json',
} as const;

export const sessionPath = (sessionId: string): string => paths.session.replace(':id', sessionId);
