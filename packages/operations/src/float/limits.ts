import { CAP_SCOPES } from '@salio/domain';
import { z } from 'zod';
import { money } from '../fields.ts';

/** What floats and caps would say of sums that are to be sent now. */
export const limits = z
  .object({
    enough: z
      .boolean()
      .describe('False: not all of it could go now. Lines would be held, or the account stopped.'),
    floats: z
      .array(z.object({ account: z.string(), available: money, enough: z.boolean() }))
      .readonly()
      .describe('Those that are kept to.'),
    caps: z
      .array(
        z.object({
          name: z.string(),
          per: z.enum(CAP_SCOPES),
          room: money.describe('What is left of it; per recipient: what each may have.'),
          enough: z
            .boolean()
            .optional()
            .describe('Absent per recipient: looked at when lines are claimed.'),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'Limits' });
