/**
 * SQL: the state that counts of what has `stored` in a batch in state `batch`, as v_lines and effectiveLineState say it. Both are
 * expressions.
 */
export const effectiveStateSql = (stored: string, batch: string): string => `CASE
        WHEN ${batch} = 'cancelled' AND ${stored} IN ('pending', 'queued', 'held') THEN 'cancelled'
        WHEN ${batch} IN ('released', 'paused') AND ${stored} = 'pending' THEN 'queued'
        ELSE ${stored} END`;
