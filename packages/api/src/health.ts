import { z } from 'zod';

export const liveAnswer = z.strictObject({ status: z.literal('alive') });

export const readyCheck = z.strictObject({ name: z.string(), ready: z.boolean(), detail: z.string() });

/** What Prometheus reads. */
export const metricsAnswer = z.string();

/** Also the extra members of the problem `not-ready`. */
export const readyAnswer = z.strictObject({ ready: z.literal(true), checks: z.array(readyCheck) });
