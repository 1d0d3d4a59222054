import { openLedger, type Ledger } from '@salio/ledger';
import { settings } from './settings.ts';

/** What every command knows. */
export interface Output {
  readonly json: boolean;
}

/** Runs a command on the ledger, as the app role, and closes the connections. */
export async function withLedger<T>(work: (ledger: Ledger) => Promise<T>): Promise<T> {
  await using ledger = openLedger({
    url: settings.databaseUrl(),
    name: 'salio-cli',
    connections: 2,
  });
  return await work(ledger);
}
