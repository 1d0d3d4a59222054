import { COLUMN_NAMES } from '@salio/csv';
import { REJECTION_REASONS, type RejectionReason } from '@salio/domain';
import { z } from 'zod';
import { count } from '../fields.ts';

// safe because the keys of that table are the reasons
const reasons = Object.keys(REJECTION_REASONS) as [RejectionReason, ...RejectionReason[]];

/** A row that did not become a line. */
export const rejection = z
  .object({
    row: count,
    reason: z.enum(reasons),
    column: z.enum(COLUMN_NAMES).optional(),
    detail: z.string(),
  })
  .meta({ id: 'Rejection' });
