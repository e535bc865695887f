import { afterAll, describe, expect, it } from '@jest/globals';
import * as w from './lib/world.js';

afterAll(w.removeTempFolders);

describe('sessions', () => {
  it('shows a session as its stream tells it', async () => {
    const world = await w.openWorld();
    await w.append(world.store, w.names.session(w.sessionId(1)), w.opened(w.T0), w.pin(w.T0), w.agent(w.T0 + 1000));
    await w.caughtUp(world);
    const session = world.projections.session(w.sessionId(1));
    expect(session?.state).toMatchObject({ status: 'open', rule: 'buyer-silent', agentMessages: 1, revision: 2 });
    const page = world.projections.sessions({ nowMs: w.T0, limit: 10 });
    expect(page.sessions).toEqual([expect.objectContaining({ id: w.sessionId(1), state: session?.state })]);
    await w.closeWorld(world);
  });
});
