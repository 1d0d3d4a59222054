import {
  addSource,
  KEY_OVERLAP_MAX_MS,
  listSources,
  migrateLedger,
  readLedgerId,
  revokeSource,
  rotateSource,
  type Ledger,
} from '@salio/ledger';
import { formatCredential, generateKeys, publicKeyOf, readPrivateKey } from '@salio/queue';
import { withLedger, type Output } from '../context.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { settings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

export async function migrate({ json }: Output): Promise<void> {
  const migrations = await migrateLedger(settings.ownerUrl());
  if (json) printJson({ migrations });
  else printLine(`The ledger is at migration ${migrations}.`);
}

/** A private key for LEDGER_PRIVATE_KEY. Whoever has it can sign verdicts. */
export function makeLedgerKey({ json }: Output): void {
  const { privateKey, publicKey } = generateKeys();
  if (json) printJson({ privateKey, publicKey });
  else printLine(privateKey);
}

/** Makes a source and prints its credential, once: the private key is kept nowhere else. */
export async function addSourceCommand(name: string, output: Output): Promise<void> {
  const operator = settings.operator();
  await giveCredential(name, output, (ledger, publicKey) =>
    addSource(ledger, { name, publicKey, operator }),
  );
}

export interface RotateOptions extends Output {
  readonly overlapHours: string;
  readonly reason?: string;
}

/** Gives a source another key and prints its credential, once. */
export async function rotateSourceCommand(name: string, options: RotateOptions): Promise<void> {
  const hours = Number(options.overlapHours);
  const overlapMs = hours * HOUR_MS;
  if (options.overlapHours.trim() === '' || !(overlapMs >= 0 && overlapMs <= KEY_OVERLAP_MAX_MS)) {
    throw new UsageError(`--overlap-hours is 0 to ${KEY_OVERLAP_MAX_MS / HOUR_MS}`);
  }
  const { reason } = options;
  const operator = settings.operator();
  await giveCredential(name, options, (ledger, publicKey) =>
    rotateSource(ledger, { name, publicKey, overlapMs, operator, ...(reason && { reason }) }),
  );
}

/** Takes nothing of a source any more. */
export async function revokeSourceCommand(
  name: string,
  { reason, json }: Output & { readonly reason: string },
): Promise<void> {
  await withLedger((ledger) =>
    revokeSource(ledger, { name, reason, operator: settings.operator() }),
  );
  if (json) printJson({ source: name, revoked: true });
  else printLine(`Nothing of ${name} is taken any more.`);
}

export async function showSources({ json }: Output): Promise<void> {
  const sources = await withLedger((ledger) => listSources(ledger));
  if (json) {
    for (const source of sources) printJson(source);
    return;
  }
  const shown = (moment: Date | undefined) => moment?.toISOString() ?? '';
  printTable(
    ['source', 'added', 'new key', 'old key until', 'revoked'],
    sources.map((source) => [
      source.name,
      shown(source.createdAt),
      shown(source.rotatedAt),
      shown(source.previousUntil),
      shown(source.revokedAt),
    ]),
  );
}

const HOUR_MS = 3_600_000;

async function giveCredential(
  name: string,
  { json }: Output,
  enter: (ledger: Ledger, publicKey: string) => Promise<void>,
): Promise<void> {
  const ledgerPublicKey = publicKeyOf(readPrivateKey(settings.ledgerKey()));
  const credential = await withLedger(async (ledger) => {
    const { privateKey, publicKey } = generateKeys();
    const ledgerId = await readLedgerId(ledger);
    await enter(ledger, publicKey);
    return formatCredential({ ledgerId, source: name, privateKey, ledgerPublicKey });
  });
  if (json) printJson({ source: name, credential });
  else printLine(credential);
}
