/** Nothing younger is emptied: no news is as late, no backup as old that people go back to. The database holds to it as well. */
export const RETENTION_DAYS_MIN = 30;
/** A hundred years: more is a slip. */
export const RETENTION_DAYS_MAX = 36_500;
