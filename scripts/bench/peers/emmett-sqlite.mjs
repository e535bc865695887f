// emmett-sqlite.mjs FOLDER EVENTS_FILE: how fast emmett-sqlite folds the events into the sessions' rows
import { join } from 'node:path';
import { getSQLiteEventStore, sqliteConnection, sqliteRawSQLProjection } from '@event-driven-io/emmett-sqlite';
import { appendAll, CREATE_TABLE, say, statementOf, TYPES } from './sessions-view.mjs';

const [folder, file] = process.argv.slice(2);
const fileName = join(folder, 'emmett.db');
const store = getSQLiteEventStore({ fileName });
const events = await appendAll(store, file);
const connection = sqliteConnection({ fileName });
await connection.command(CREATE_TABLE);

const projection = sqliteRawSQLProjection({ canHandle: TYPES, evolve: (event) => statementOf(event) });
const consumer = store.consumer({ pulling: { batchSize: 1_000, pullingFrequencyInMs: 1 } });
let last = 0;
consumer.processor({
  processorId: 'sessions-view',
  projection: { ...projection, name: 'sessions-view' },
  startFrom: 'BEGINNING',
  stopAfter: () => ++last >= events,
});
const startedMs = performance.now();
const before = process.cpuUsage();
await consumer.start();
const { user, system } = process.cpuUsage(before);
const seconds = (performance.now() - startedMs) / 1_000;
const [{ closed }] = await connection.query("SELECT count(*) AS closed FROM sessions_view WHERE status = 'closed'");
say({ events, closed, perSecond: events / seconds, cpuPerSecond: (events * 1_000_000) / (user + system) });
await consumer.close();
connection.close();
