import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/**
 * The rules read straight from their table, one conversation after the other, with nothing of Lapse in it: what the real
 * engine is compared with.
 */
interface Line {
  readonly session: string;
  readonly type: string;
  readonly at: string;
  readonly automated?: boolean;
}

const LIMIT_MINUTES = { 'agent-silent': 360, 'queue-expired': 1440 } as const;
type Rule = 'agent-silent' | 'buyer-silent' | 'queue-expired';

export const closingsByTheTable = (file: string, buyerReplyMinutes: number): string => {
  const conversations = new Map<string, Line[]>();
  for (const text of gunzipSync(readFileSync(file)).toString().split('\n')) {
    if (text === '') continue;
    const line = JSON.parse(text) as Line;
    conversations.set(line.session, [...(conversations.get(line.session) ?? []), line]);
  }
  const rows: [session: string, index: number, text: string][] = [];
  for (const [session, lines] of conversations) {
    closesOf(lines, buyerReplyMinutes).forEach(({ atMs, why }, index) =>
      rows.push([session, index, `${session}\t${index}\t${new Date(atMs).toISOString()}\t${why}\n`]),
    );
  }
  const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  return rows
    .sort((a, b) => byBytes(a[0], b[0]) || a[1] - b[1])
    .map(([, , text]) => text)
    .join('');
};

const closesOf = (lines: readonly Line[], buyerReplyMinutes: number): { atMs: number; why: string }[] => {
  const closes: { atMs: number; why: string }[] = [];
  let isOpen = false;
  let rule = 'agent-silent' as Rule;
  let sinceMs = 0;
  const run = (next: Rule, atMs: number): void => {
    [isOpen, rule, sinceMs] = [true, next, atMs];
  };
  const deadlineMs = (): number =>
    sinceMs + 60_000 * (rule === 'buyer-silent' ? buyerReplyMinutes : LIMIT_MINUTES[rule]);
  const close = (atMs: number, why: string): void => {
    isOpen = false;
    closes.push({ atMs, why });
  };
  for (const { type, at, automated = false } of lines) {
    const atMs = Date.parse(at);
    if (isOpen && atMs > deadlineMs()) close(deadlineMs(), rule);
    if (type === 'closed') {
      if (isOpen) close(atMs, 'recorded');
    } else if (type === 'opened' || (!isOpen && !automated)) {
      run('agent-silent', atMs);
    }
    if (!isOpen || automated) continue;
    if (type === 'message-from-agent') run('buyer-silent', atMs);
    else if (rule === 'queue-expired') continue;
    else if (type === 'queued') run('queue-expired', atMs);
    else if (type === 'message-from-buyer') run('agent-silent', atMs);
  }
  if (isOpen) close(deadlineMs(), rule);
  return closes;
};
