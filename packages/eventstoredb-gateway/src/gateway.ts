import { createGatewayWithFaults } from './create-with-faults.js';
import { NO_FAULTS } from './faults.js';
import type { Gateway, GatewayOptions } from './options.js';

/**
 * Serves a store over EventStoreDB's gRPC protocol, so that official clients of any language append, read and subscribe.
 * What they delete, truncate or limit is hidden from their readers only: the store is append-only and stays so.
 *
 * Resolves when it listens. Rejects where the address cannot be had. Nothing is read from the environment.
 */
export const createGateway = (options: GatewayOptions): Promise<Gateway> => createGatewayWithFaults(options, NO_FAULTS);
