import type { Actor } from '@lapse/domain';

/** Until callers say who they are, whoever reaches this port speaks for the platform. */
export const caller: Actor = { role: 'platform', id: 'http' };
