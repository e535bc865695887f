/** The platform's numbers. Each stands here once; minutes unless the name says otherwise. */

/** Fixed by the platform for every merchant under the standard policy. */
export const AGENT_REPLY_MINUTES = 360;
export const QUEUE_MINUTES = 1440;
/** The merchant's own choice (D13): whole minutes within these bounds. */
export const BUYER_REPLY_MINUTES_MIN = 5;
export const BUYER_REPLY_MINUTES_MAX = 360;
export const BUYER_REPLY_MINUTES_DEFAULT = 20;
/** Sessions opened before their merchant was switched to these rules. */
export const LEGACY_AGENT_REPLY_MINUTES = 4320;
export const LEGACY_BUYER_REPLY_MINUTES = 20;

/** How long after the deadline an event that happened in time may still arrive (D7). */
export const CLOSE_GRACE_MS_DEFAULT = 5_000;
/** How far ahead of the receipt a sender's clock may be (D8). */
export const CLOCK_SKEW_MS_DEFAULT = 5_000;

export const MS_PER_MINUTE = 60_000;

/** The longest limit that a pin read from the log may carry: a hundred years, so that a deadline stays a safe date. */
export const LIMIT_MINUTES_MAX = 52_560_000;
