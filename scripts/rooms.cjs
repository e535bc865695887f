// The arrows between the rooms, as data. Each room may use those in its row, all of which stand above it.
const above = {
  domain: [],
  store: [],
  sqlite: [],
  'store-sqlite': ['store', 'sqlite'],
  'store-eventstoredb': ['store'],
  'eventstoredb-gateway': ['store'],
  projections: ['domain', 'store', 'sqlite'],
  commands: ['domain', 'store'],
  timeouts: ['domain', 'store', 'projections', 'commands'],
  engine: 'all above',
  simulation: 'all above',
  analysis: 'all above but simulation',
  api: ['domain'],
  client: ['api'],
  server: ['domain', 'store', 'projections', 'commands', 'engine', 'analysis', 'api'],
  console: ['api'],
  cli: 'all above but console',
};

const rooms = Object.keys(above);
const arrows = Object.fromEntries(
  rooms.map((room, index) => {
    const row = above[room];
    if (typeof row !== 'string') return [room, row];
    const left = row.replace(/^all above( but )?/, '');
    return [room, rooms.slice(0, index).filter((other) => other !== left)];
  }),
);

module.exports = { arrows };
