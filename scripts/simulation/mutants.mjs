// Bugs that somebody could really make, one at a time. `find` must stand in the file exactly once.
const domain = 'packages/domain/src/session';
const commands = 'packages/commands/src';
const timeouts = 'packages/timeouts/src';
const projections = 'packages/projections/src';

export const mutants = [
  {
    name: 'an event at the deadline is late (> becomes >=)',
    file: `${domain}/deadline.ts`,
    find: 'deadlineAtMs !== undefined && atMs > deadlineAtMs;',
    replace: 'deadlineAtMs !== undefined && atMs >= deadlineAtMs;',
  },
  {
    name: 'a queued buyer who writes restarts the clock',
    file: `${domain}/fold.ts`,
    find: "if (state.rule !== 'queue-expired') restart(state, 'agent-silent', event.revision, event.kind, atMs);",
    replace: "restart(state, 'agent-silent', event.revision, event.kind, atMs);",
  },
  {
    name: 'an automated reply starts the buyer-silent clock',
    file: `${domain}/fold.ts`,
    find: 'if (event.automated) return; // D9',
    replace: '',
  },
  {
    name: 'being queued again starts the wait afresh',
    file: `${domain}/fold.ts`,
    find: "if (state.rule === 'queue-expired') return;",
    replace: '',
  },
  {
    name: 'a message that happened earlier than the newest one takes the session back in time',
    file: `${domain}/fold.ts`,
    find: 'const atMs = Math.max(event.atMs, state.timeAtMs);',
    replace: 'const atMs = event.atMs;',
  },
  {
    name: 'a late event does not latch the lapse',
    file: `${domain}/fold.ts`,
    find: `    state.latched = true;
`,
    replace: '',
  },
  {
    name: 'a sender may close a session whose lapse is latched',
    file: `${domain}/fold.ts`,
    find: "if (event.kind === 'closed' && isOwnClose(state, event, deadlineAtMs)) end(",
    replace: "if (event.kind === 'closed') end(",
  },
  {
    name: 'the close is stamped with the moment at which it was noticed',
    file: `${commands}/sweep.ts`,
    find: 'const encoded = encodeEvent(close.id, close.event, {',
    replace: 'const encoded = encodeEvent(close.id, { ...close.event, occurredAtMs: nowMs }, {',
  },
  {
    name: 'the sweep does not wait for the grace',
    file: `${domain}/close.ts`,
    find: 'state.latched ? Number.NEGATIVE_INFINITY : deadlineAtMs + closeGraceMs;',
    replace: 'state.latched ? Number.NEGATIVE_INFINITY : deadlineAtMs - closeGraceMs;',
  },
  {
    name: 'a timeout close gets the id of the newest event instead of the one that started the clock',
    file: `${domain}/close.ts`,
    find: 'id: timeoutEventId(state.stream, state.anchorRevision),',
    replace: 'id: timeoutEventId(state.stream, state.revision),',
  },
  {
    name: 'the sweep appends at whatever revision the stream has',
    file: `${commands}/sweep.ts`,
    find: '[encoded], close.expectedRevision)',
    replace: "[encoded], 'any')",
  },
  {
    name: 'a bare opening is pinned to the latest config instead of the one at its place in the log',
    file: `${commands}/pin.ts`,
    find: 'const found = await versionInForceAt(context, opened.merchantId, session.openedPosition);',
    replace: 'const found = await versionInForceAt(context, opened.merchantId, "9999999999" as never);',
  },
  {
    name: 'the merchant has no config of its own: an open takes version 1 for ever',
    file: `${commands}/merchant-stream.ts`,
    find: 'const newest = await newestVersion(context, merchantId, () => true);',
    replace: 'const newest = await newestVersion(context, merchantId, (event) => event.revision === 0);',
  },
  {
    name: 'a retry is decided from what was kept instead of from the stream',
    file: `${commands}/append-events.ts`,
    find: '      freshly = true;',
    replace: '      freshly = false;',
  },
  {
    name: 'a known event id is written again',
    file: `${commands}/append-events.ts`,
    find: 'const known = (await answerKnownIds(context, chain, events)) ?? refuseFuture(events);',
    replace: 'const known = refuseFuture(events);',
  },
  {
    name: 'ids are sought in the addressed session only, not in its successors',
    file: `${commands}/known-ids.ts`,
    find: "event.event.type === 'closed' ? chain.slice(0, 1) : chain;",
    replace: 'chain.slice(0, 1);',
  },
  {
    name: 'a repeated append is taken for our own',
    file: `${commands}/append-ours.ts`,
    find: '  if (result.repeated) return undefined;\n',
    replace: '',
  },
  {
    name: 'ids are not sought in a successor that came up meanwhile',
    file: `${commands}/walk.ts`,
    find: 'if (chain[hop + 1] === undefined && events.some(({ id }) => next.ids.has(id)))',
    replace: 'if (false as boolean)',
  },
  {
    name: 'a close that happened after the deadline is taken instead of the timeout',
    file: `${commands}/walk.ts`,
    find: "if (standing === 'takes-it') return",
    replace: "if (standing === 'takes-it' || (standing === 'has-lapsed' && candidate.type === 'closed')) return",
  },
  {
    name: 'a message that happened after the deadline is taken until the grace is over',
    file: `${domain}/admit.ts`,
    find: 'const isTooLate = isLate(atMs, deadlineAtMs) || arrivesAfterGrace(deadlineAtMs, receipt);',
    replace: 'const isTooLate = arrivesAfterGrace(deadlineAtMs, receipt);',
  },
  {
    name: 'a successor may begin before the close of its predecessor',
    file: `${commands}/append-events.ts`,
    find: 'Math.max(first.event.occurredAtMs, predecessor.state.close?.atMs ?? 0)',
    replace: 'first.event.occurredAtMs',
  },
  {
    name: 'the checkpoint is written before the rows, in a transaction of its own',
    changes: [
      {
        file: `${projections}/pipeline/pipeline.ts`,
        find: '      this.parts.views.transaction(() => {\n        this.handOver(this.direct);',
        replace: `      const { views, sessionsGeneration, keyed } = this.parts;
      views.transaction(() => {
        for (const generation of [sessionsGeneration, ...keyed.map((rows) => rows.generation)]) {
          views.moveCheckpoint(this.direct, generation, this.writtenTo, this.position);
        }
      });
      views.transaction(() => {
        this.handOver(this.direct);`,
      },
      {
        file: `${projections}/pipeline/pipeline.ts`,
        find: 'views.moveCheckpoint(to, generation, this.writtenTo, this.handedTo);',
        replace: 'if (to !== this.direct) views.moveCheckpoint(to, generation, this.writtenTo, this.handedTo);',
      },
    ],
  },
  {
    name: 'a restart forgets that a lapse is latched',
    file: `${projections}/sessions/from-row.ts`,
    find: "state.latched = row[placeOf('latched')] === 1;",
    replace: 'state.latched = false;',
  },
  {
    name: 'a restart forgets the sessions that wait for their limits',
    file: `${timeouts}/timeouts.ts`,
    find: 'for (const key of unpinned) this.pinner.want(key, projections.sessionIdByKey(key) as string);',
    replace: '',
  },
  {
    name: 'a restart does not arm a deadline that has passed',
    file: `${timeouts}/timeouts.ts`,
    find: 'else this.sweep.deadlines.arm(key, undefined, dueMs',
    replace: 'else if (dueMs > this.options.nowMs()) this.sweep.deadlines.arm(key, undefined, dueMs',
  },
  {
    name: 'a close that failed is not tried again',
    file: `${timeouts}/sweep/sweep.ts`,
    find: 'this.armAgain(key, session, isStore ? nowMs : nowMs + limits.recheckDelayMs);',
    replace: '',
  },
  {
    name: 'a deadline that has become earlier is not armed again',
    file: `${timeouts}/sweep/sweep.ts`,
    find: '    this.deadlines.arm(session.key, session, fromMs + standbyDelayMs);\n    return',
    replace:
      '    if (!this.deadlines.isArmed(session.key)) this.deadlines.arm(session.key, session, fromMs + standbyDelayMs);\n    return',
  },
  {
    name: 'an engine whose clock is off goes on closing',
    changes: [
      {
        file: `${timeouts}/sweep/sweep.ts`,
        find: "if (verdict === 'off') return this.roomWithClockOff(nowMs);",
        replace: 'if (limits.inFlightMax < 0) return this.roomWithClockOff(nowMs);',
      },
      {
        file: `${timeouts}/sweep/sweep.ts`,
        find: "const dueBeforeMs = this.parts.clock.verdict === 'fine' ? nowMs : this.parts.clock.earlierNowMs(nowMs);",
        replace: 'const dueBeforeMs = nowMs;',
      },
    ],
  },
  {
    name: 'the sweep looks once an interval, not at the deadlines',
    file: `${timeouts}/sweep/wake-up.ts`,
    find: 'nextMs === undefined ? this.options.intervalMs : nextMs + 1 - this.options.nowMs()',
    replace: 'this.options.intervalMs',
  },
  {
    name: 'a pause after a failed pin is measured from when the sweep began',
    changes: [
      {
        file: `${timeouts}/sweep/pinner.ts`,
        find: '    this.takeMore(nowMs);\n    await',
        replace: '    (this as never as { beganMs: number }).beganMs = nowMs;\n    this.takeMore(nowMs);\n    await',
      },
      {
        file: `${timeouts}/sweep/pinner.ts`,
        find: 'this.takeMore(this.parts.nowMs());',
        replace: 'this.takeMore((this as never as { beganMs: number }).beganMs);',
      },
    ],
  },
  {
    name: 'nobody wakes the sweep when its one close has told how the clocks stand',
    file: `${timeouts}/timeouts.ts`,
    find: 'if (this.sweep.seen(session, () => touched.storedAtMs)) this.wakeUp?.soon();',
    replace: 'this.sweep.seen(session, () => touched.storedAtMs);',
  },
];
