import { formatInstant } from '@lapse/domain';
import { Histogram, type ActivityHour, type MerchantEntry } from '@lapse/projections';
import type { ActivityAnswer, MeasuredAnswer, MerchantAnswer } from '@lapse/api';

export const activityHour = (hour: ActivityHour): ActivityAnswer['hours'][number] => ({
  startsAt: formatInstant(hour.startsAtMs),
  opened: hour.opened,
  closedByReason: { ...hour.closedByReason },
  messages: { buyer: hour.buyerMessages, agent: hour.agentMessages, automated: hour.automatedMessages },
  firstReply: measured(hour.firstReplyMs),
  wait: measured(hour.waitMs),
  noticedAfter: measured(hour.noticedAfterMs),
});

const measured = (counts: ActivityHour['waitMs']): MeasuredAnswer => {
  const histogram = Histogram.from(counts);
  const share = (of: number): number | null => {
    const ms = histogram.quantile(of);
    return ms === undefined ? null : Math.round(ms);
  };
  return { count: histogram.count, p50Ms: share(0.5), p90Ms: share(0.9), p99Ms: share(0.99) };
};

export const merchantAnswer = (entry: MerchantEntry): MerchantAnswer => ({
  merchantId: entry.merchantId,
  currentVersion: entry.currentVersion,
  opened: entry.opened,
  open: Object.entries(entry.openByVersion)
    .map(([version, sessions]) => ({ version: Number(version), sessions }))
    .sort((a, b) => a.version - b.version),
  unpinned: entry.unpinned,
  closedByReason: { ...entry.closedByReason },
  parkedSessions: entry.parkedSessions,
});
