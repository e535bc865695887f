/** Stands in the header of every `views.db`, so that a database of another program is not taken for one: "LapV". */
export const APPLICATION_ID = 0x4c617056;

/** Raised when the tables change. A file of an older version is emptied and built again, one of a newer version refused. */
export const VIEWS_FORMAT = 3;

/**
 * `generations`: every read model has one live generation of rows, and while it is rebuilt a second one beside it. Its
 * tables are named after both. `position` is how far the log was *looked at*, also where nothing matched.
 *
 * `rebuild`: the one rebuild that has begun and is not over, for those who want to see how far it is.
 */
export const BASE_TABLES = `
  CREATE TABLE generations (
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    version INTEGER NOT NULL,
    store TEXT NOT NULL,
    position TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('live', 'building', 'old')),
    PRIMARY KEY (name, generation)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX one_live_generation ON generations (name) WHERE role = 'live';
  CREATE TABLE parked (
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    stream TEXT NOT NULL,
    revision INTEGER NOT NULL,
    position TEXT NOT NULL,
    why TEXT NOT NULL,
    stored_at_ms INTEGER NOT NULL,
    PRIMARY KEY (name, generation, stream)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE rebuild (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    names TEXT NOT NULL,
    why TEXT NOT NULL CHECK (why IN ('asked', 'upgrade')),
    state TEXT NOT NULL CHECK (state IN ('building', 'ready')),
    parks INTEGER NOT NULL,
    started_at_ms INTEGER NOT NULL,
    updated_at_ms INTEGER NOT NULL,
    target TEXT NOT NULL,
    events INTEGER NOT NULL,
    worked_ms INTEGER NOT NULL,
    parked INTEGER NOT NULL,
    error TEXT
  ) STRICT;
`;
