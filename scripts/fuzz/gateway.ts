import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extractFacts } from '@lapse/domain';
import { openSqliteStore } from '@lapse/store-sqlite';
import { openGatewayEdge } from '../../packages/eventstoredb-gateway/test/fuzz/gateway-edge.js';
import { gatewayOptions } from '../../packages/eventstoredb-gateway/test/support/bench.js';
import type { Edge } from './fuzz-edge.js';

const APPEND_BYTES_MAX = 17 * 1_048_576;

/** The gateway over a log on disk, so that what is in memory is the gateway's own. */
export const openGatewayOnDisk = async (): Promise<Edge> => {
  const folder = mkdtempSync(join(tmpdir(), 'lapse-fuzz-gateway-'));
  const store = await openSqliteStore({
    file: join(folder, 'events.db'),
    extractFacts,
    nowMs: Date.now,
    newIdentity: () => '01900000-0000-4000-8000-000000000001',
    appendBytesMax: APPEND_BYTES_MAX,
  });
  const edge = await openGatewayEdge(store, gatewayOptions(store));
  const close = async (): Promise<void> => {
    await edge.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return Object.assign(Object.create(edge) as Edge, { close });
};
