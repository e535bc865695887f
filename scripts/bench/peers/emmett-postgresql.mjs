// emmett-postgresql.mjs CONNECTION EVENTS_FILE: how fast emmett-postgresql folds the events into the sessions' rows
import { rawSql } from '@event-driven-io/dumbo';
import {
  getPostgreSQLEventStore,
  postgreSQLRawBatchSQLProjection,
  rebuildPostgreSQLProjections,
} from '@event-driven-io/emmett-postgresql';
import pg from 'pg';
import { appendAll, CREATE_TABLE, say, statementOf, TYPES } from './sessions-view.mjs';

const [connectionString, file] = process.argv.slice(2);
const store = getPostgreSQLEventStore(connectionString);
const events = await appendAll(store, file);
const client = new pg.Client({ connectionString });
await client.connect();
await client.query(CREATE_TABLE);

const projection = postgreSQLRawBatchSQLProjection({
  name: 'sessions-view',
  canHandle: TYPES,
  evolve: (batch) => batch.map((event) => rawSql(statementOf(event))),
});
const consumer = rebuildPostgreSQLProjections({
  connectionString,
  projections: [projection],
  pulling: { batchSize: 1_000 },
});
const startedMs = performance.now();
await consumer.start();
const seconds = (performance.now() - startedMs) / 1_000;
const { rows } = await client.query("SELECT count(*)::int AS closed FROM sessions_view WHERE status = 'closed'");
say({ events, closed: rows[0].closed, perSecond: events / seconds });
await consumer.close();
await client.end();
await store.close();
