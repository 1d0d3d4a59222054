import type { Ledger } from '../connection.ts';
import { run, type Queryable } from '../sql.ts';

/** Which database it is: another one after a promotion, a restore to a new timeline, or a dump into another cluster. */
export interface Incarnation {
  /** The cluster's, as initdb gave it. */
  readonly systemIdentifier: string;
  /** The timeline that it writes. */
  readonly timeline: number;
}

/**
 * - `trusted`: claims are granted.
 * - `untrusted`: it was promoted or restored since; nothing is sent until two people have recovered it.
 * - `in_recovery`: a standby, or a restore that is not over: it can't be written at all.
 */
export type Trust =
  | { readonly kind: 'trusted'; readonly now: Incarnation }
  | {
      readonly kind: 'untrusted';
      readonly now: Incarnation;
      /** Undefined where no database was ever trusted. */
      readonly trusted: Incarnation | undefined;
      readonly reason: string;
    }
  | { readonly kind: 'in_recovery'; readonly reason: string };

/** Whether this database is the one that claims trust. */
export async function readTrust(ledger: Ledger): Promise<Trust> {
  return readTrustWithin(ledger.pool);
}

/** The same inside a transaction of the caller's. */
export async function readTrustWithin(on: Queryable): Promise<Trust> {
  const [server] = await run<{ in_recovery: boolean }>(on, LOOK, []);
  if (server?.in_recovery) {
    const reason = 'the database is in recovery: it can not be written until it is promoted';
    return { kind: 'in_recovery', reason };
  }
  const [row] = await run<Row>(on, READ, []);
  if (!row) throw new Error('the database does not say which one it is');
  const now = { systemIdentifier: row.system_identifier, timeline: row.timeline };
  if (row.trusted) return { kind: 'trusted', now };
  const trusted =
    row.trusted_identifier === null || row.trusted_timeline === null
      ? undefined
      : { systemIdentifier: row.trusted_identifier, timeline: row.trusted_timeline };
  return { kind: 'untrusted', now, trusted, reason: reasonOf(now, trusted) };
}

/** Why claims are refused in a database that is not trusted. */
export async function whyUntrusted(on: Queryable): Promise<string> {
  const trust = await readTrustWithin(on);
  return trust.kind === 'trusted' ? 'the database is trusted again' : trust.reason;
}

function reasonOf(now: Incarnation, trusted: Incarnation | undefined): string {
  const was = trusted === undefined ? 'no database' : nameIncarnation(trusted);
  return (
    `the database was promoted or restored (it is ${nameIncarnation(now)}, trusted is ${was}): ` +
    'nothing is sent until two people ran salio recover'
  );
}

/** `timeline 2 of 7566…`, for people. */
export function nameIncarnation({ systemIdentifier, timeline }: Incarnation): string {
  return `timeline ${timeline} of ${systemIdentifier}`;
}

/** Whether claims trust this database; false also on a standby, which can't tell which timeline it will write. */
export const TRUSTED = `CASE WHEN pg_is_in_recovery() THEN false ELSE database_is_trusted() END`;

interface Row {
  trusted: boolean;
  system_identifier: string;
  timeline: number;
  trusted_identifier: string | null;
  trusted_timeline: number | null;
}

const LOOK = { name: 'look-at-server', text: 'SELECT pg_is_in_recovery() AS in_recovery' };

/** On a standby its functions raise errors: it is asked only where there is a timeline to write. */
const READ = {
  name: 'read-trust',
  text: `SELECT database_is_trusted() AS trusted, i.system_identifier, i.timeline,
      t.system_identifier AS trusted_identifier, t.timeline AS trusted_timeline
    FROM database_incarnation() i
    LEFT JOIN (SELECT system_identifier, timeline FROM trusts ORDER BY id DESC LIMIT 1) t ON true`,
};
