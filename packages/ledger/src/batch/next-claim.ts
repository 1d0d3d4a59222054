/** When lines of a batch may be claimed next by its terms, as SQL on its row: the present moment, or a later one. */
export const NEXT_CLAIM =
  'next_claim(clock_timestamp(), not_before, quiet_from, quiet_until, quiet_zone)';

/** Whether they may not be claimed now. Most batches have no such terms, and cost no call. */
export const WAITS = `(not_before IS NOT NULL OR quiet_zone IS NOT NULL) AND ${NEXT_CLAIM} > clock_timestamp()`;
