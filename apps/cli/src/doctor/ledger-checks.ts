import {
  openLedger,
  readControls,
  readFactRights,
  readMigrations,
  readSealing,
  readServer,
  readTrust,
  type Ledger,
} from '@salio/ledger';
import { judgeClock } from './checks/clock.ts';
import { judgeDurability } from './checks/durability.ts';
import { judgeFactRights } from './checks/fact-rights.ts';
import { judgeMigrations } from './checks/migrations.ts';
import { judgePostgres } from './checks/postgres-version.ts';
import { judgeRole } from './checks/role.ts';
import { judgeSealing } from './checks/sealing.ts';
import { judgeStops } from './checks/stops.ts';
import { judgeTrust } from './checks/trust.ts';
import { skipped, type Check, type Finding } from './finding.ts';
import { once, withSetting, type ReadSetting } from './look.ts';

/** Opens a ledger for looks: nothing is waited for longer than `timeoutMs`. */
export function openForLooks(url: string, timeoutMs: number): Ledger {
  return openLedger({
    url,
    name: 'salio-doctor',
    connections: 8,
    connectTimeoutMs: timeoutMs,
    statementTimeoutMs: timeoutMs,
  });
}

/** `open` gives the ledger of the apps' login, and of the owner's where that is set: only the owner sees what was migrated. */
export function ledgerChecks(
  read: ReadSetting,
  open: (setting: 'DATABASE_URL' | 'OWNER_DATABASE_URL') => Ledger,
): Check[] {
  const server = once(() => readServer(open('DATABASE_URL')));
  const migrations = once(() =>
    readMigrations(open(read('OWNER_DATABASE_URL') ? 'OWNER_DATABASE_URL' : 'DATABASE_URL')),
  );
  const check = (name: string, look: () => Promise<Finding>): Check => ({
    name,
    look: () => withSetting(read, 'DATABASE_URL', look),
  });
  /** Of a server that answers; the first check says why it does not. */
  const ofServer = (name: string, look: () => Promise<Finding>) =>
    check(name, async () =>
      (await answers(server)) ? look() : skipped('Postgres does not answer'),
    );
  const ofSchema = (name: string, look: (ledger: Ledger) => Promise<Finding>) =>
    ofServer(name, async () => {
      const found = await migrations().catch(() => undefined);
      if (found && judgeMigrations(found).level === 'fail')
        return skipped('the database is of another version');
      return look(open('DATABASE_URL'));
    });
  return [
    check('postgres', async () => judgePostgres(await server())),
    ofServer('postgres durability', async () => judgeDurability(await server())),
    ofServer('postgres clock', async () => judgeClock((await server()).clock)),
    ofServer('migrations', async () => judgeMigrations(await migrations())),
    ofServer('role', async () => judgeRole(await server())),
    ofSchema('facts', async (ledger) => judgeFactRights(await readFactRights(ledger))),
    ofSchema('trust', async (ledger) => judgeTrust(await readTrust(ledger))),
    ofSchema('sealing', async (ledger) => judgeSealing(await readSealing(ledger))),
    ofSchema('stops', async (ledger) => judgeStops(await readControls(ledger))),
  ];
}

async function answers(look: () => Promise<unknown>): Promise<boolean> {
  return look().then(
    () => true,
    () => false,
  );
}
