/** Processes of a run, besides the simulator. */
export const WORKERS = 3;
export const SCHEDULERS = 2;

/** The durations of production, scaled to seconds; long against a commit on a machine that is busy with this run. */
export const LEASE_MS = 3_000;
export const REQUEST_TIMEOUT_MS = 1_500;
export const CONNECT_TIMEOUT_MS = 500;
export const RESCUE_GRACE_MS = 400;
export const SEND_MARGIN_MS = 300;

/** Whoever is stopped for so long finds that its chunks were rescued meanwhile. */
export const LONG_STOP_MS = LEASE_MS + REQUEST_TIMEOUT_MS + RESCUE_GRACE_MS + 1_500;

/** Where replays are on: in the window a rescued send can be sent again and end; the provider's keys hold a little longer. */
export const REPLAY_WINDOW_MS = 16_000;
export const KEY_MS = 17_000;
/** Longer than lease and window; after it also the key of the last replay in the window is forgotten. */
export const REPLAY_STOP_MS = REPLAY_WINDOW_MS - LEASE_MS + KEY_MS + 2_000;

/** Where the provider tells what became of lines: from the answer to its news, and until somebody asks or gives up. */
export const NOTIFY_MS = 1_500;
export const ENQUIRE_AFTER_MS = 4_000;
export const NEWS_PATIENCE_MS = 25_000;
/** After lease and request timeout, until an unknown request id may be adopted. */
export const ADOPT_GRACE_MS = 1_500;
/** The eight hours before two people may call a line unpaid. */
export const UNPAID_AFTER_MS = 6_000;

/** Where the provider asks before it pays: how long it waits for each of its two questions; both fit into a request. */
export const VALIDATE_TIMEOUT_MS = 350;
