/** Processes of a run, besides the simulator. */
export const WORKERS = 3;
export const SCHEDULERS = 2;

/** The durations of production, scaled to seconds; long against a commit on a machine that is busy with this run. */
export const LEASE_MS = 4_000;
export const REQUEST_TIMEOUT_MS = 2_000;
export const CONNECT_TIMEOUT_MS = 500;
export const RESCUE_GRACE_MS = 500;
export const SEND_MARGIN_MS = 300;

/** Whoever is stopped for so long finds that its chunks were rescued meanwhile. */
export const LONG_STOP_MS = LEASE_MS + REQUEST_TIMEOUT_MS + RESCUE_GRACE_MS + 1_500;
