import type { StreamName } from '@lapse/domain';
import type { Action } from '@lapse/eventstoredb-gateway';

/** Merchants' roles are not among them: streams do not tell whose sessions they hold before they are read. */
export const GATEWAY_ROLES = ['platform', 'chat-service', 'analyst'] as const;
export type GatewayRole = (typeof GATEWAY_ROLES)[number];

/**
 * What a role may do through the gateway. Whoever may read reads the whole log. Deletes and limits of Lapse's own streams
 * are refused to everybody, whatever stands here.
 */
const may: Readonly<Record<GatewayRole, (action: Action, stream: StreamName['kind']) => boolean>> = {
  platform: () => true,
  'chat-service': (action, stream) => action === 'read' || (action === 'write' && stream === 'session'),
  analyst: (action) => action === 'read',
};

export const roleMay = (role: GatewayRole, action: Action, stream: StreamName['kind']): boolean =>
  may[role](action, stream);
