import { sleep, until, type Tools } from './tools.js';

const SETTLE_MS_MAX = 60_000;

/**
 * Waits until all that has been written so far has come due and nothing is lapsed any more, as the read models of this server
 * say. Resolves with an instant by which everything that was due has been closed.
 */
export const settled = async (url: string, dueWithinMs: number, tools: Tools): Promise<number> => {
  await sleep(tools, dueWithinMs);
  await until(tools, 'ready', SETTLE_MS_MAX, async () => (await fetch(`${url}/readyz`)).status === 200);
  const settledMs = tools.nowMs();
  // Its own position: the read models must have come so far, whatever they still had before them.
  const opened = await fetch(`${url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ merchantId: 'settled', openedBy: 'system' }),
  });
  const { position } = (await opened.json()) as { position: string };
  await until(tools, 'nothing is lapsed', SETTLE_MS_MAX, async () => {
    const answer = await fetch(`${url}/v1/sessions?state=lapsed&atLeast=${encodeURIComponent(position)}`);
    return ((await answer.json()) as { sessions?: unknown[] }).sessions?.length === 0;
  });
  return settledMs;
};
