import { z } from 'zod';

/** The schemas that stand once, by name, in the OpenAPI document; all others are written out where they are used. */
export const schemaNames = z.registry<{ id: string }>();
