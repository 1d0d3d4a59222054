import {
  countStatesOf,
  listActions,
  listBatches,
  listLines,
  migrateLedger,
  openLedger,
  readStory,
  readWorklist,
  reportBatch,
  searchLines,
  type Ledger,
} from '@salio/ledger';
import { Client } from 'pg';
import { startMachine } from '../machine.ts';
import { timeEndpoints } from './endpoints.ts';
import { fillLedger } from './fill.ts';
import { makeKeys, type Key } from './make-keys.ts';
import { measureGrowth, measureStorage, type Growth, type Stored } from './measure-storage.ts';
import type { BatchTerms, PlannedBatch } from './plan-batches.ts';
import { percentilesOf, type Percentiles } from '../percentiles.ts';

export interface LookUpTerms {
  /** Of the large ledger. */
  readonly lines: number;
  /** Of the small ledger, which it is compared with. Default 100,000. */
  readonly smallLines?: number;
  readonly seed: number;
  /** Default 500. */
  readonly calls?: number;
  /** Lines of an attempt. Default 1: the most rows. */
  readonly recipientsPerRequest?: number;
}

/** What one ledger gave. */
export interface LedgerFigures {
  readonly lines: number;
  readonly batches: number;
  readonly fillSeconds: number;
  readonly gibibytes: number;
  readonly lookUps: Readonly<Record<string, Percentiles>>;
  readonly stored: readonly Stored[];
  /** After a tenth of the lines was updated twice. */
  readonly growth: Growth;
}

export interface LookUpFigures {
  readonly small: LedgerFigures;
  readonly large: LedgerFigures;
  /** p99 in the large ledger to p99 in the small one, by look-up. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** Before they are counted: connections, prepared statements, code. */
const WARM_UP_CALLS = 50;

/** Look-ups in a small and in a large ledger on one server, one after the other, with keys that follow from the seed. */
export async function measureLookUps(terms: LookUpTerms): Promise<LookUpFigures> {
  await using services = await startMachine();
  const small = await measureLedger(services.postgres.url, 'small', {
    ...terms,
    lines: terms.smallLines ?? 100_000,
  });
  const large = await measureLedger(services.postgres.url, 'large', terms);
  const ratios = Object.entries(large.lookUps).map(([name, { p99 }]) => {
    const before = small.lookUps[name]?.p99 ?? Number.NaN;
    return [name, p99 / before];
  });
  return { small, large, ratios: Object.fromEntries(ratios) };
}

async function measureLedger(
  serverUrl: string,
  name: string,
  terms: LookUpTerms,
): Promise<LedgerFigures> {
  const url = await createLedger(serverUrl, name);
  const startedAt = performance.now();
  const wanted = { recipientsPerRequest: 1, ...terms };
  const batches = await fillLedger(url, wanted);
  const fillSeconds = (performance.now() - startedAt) / 1000;
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const stored = await measureStorage(client);
    const lookUps = {
      ...(await timeLookUps(client, url, batches, wanted)),
      ...(await timeEndpoints(client, url, batches, wanted)),
    };
    return {
      lines: terms.lines,
      batches: batches.length,
      fillSeconds,
      gibibytes:
        stored.reduce((sum, { tableMiB, indexMiB }) => sum + tableMiB + indexMiB, 0) / 1024,
      lookUps,
      stored,
      growth: await measureGrowth(client, batches),
    };
  } finally {
    await client.end();
  }
}

async function createLedger(serverUrl: string, name: string): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE look_ups_${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/look_ups_${name}`;
  await migrateLedger(url.href);
  return url.href;
}

type LookUp = (ledger: Ledger, key: Key) => Promise<unknown>;

const LIMIT = { limit: 100 };
/** A third of all lines, up to a million. */
const LARGEST = 'the largest batch';
const LOOK_UPS: Readonly<Record<string, LookUp>> = {
  phone: (ledger, { msisdn }) => searchLines(ledger, { phone: msisdn, ...LIMIT }),
  reference: (ledger, { reference }) => searchLines(ledger, { reference, ...LIMIT }),
  'reference of a source': (ledger, { reference, source }) =>
    searchLines(ledger, { reference, source, ...LIMIT }),
  'request id': (ledger, { requestId }) => searchLines(ledger, { requestId, ...LIMIT }),
  'phone, state and time': (ledger, { msisdn }) =>
    searchLines(ledger, { phone: msisdn, state: ['failed'], from: new Date(0), ...LIMIT }),
  'state in a batch': (ledger, { batchId, seq }) =>
    searchLines(ledger, { batchId, state: ['sent'], before: { batchId, seq }, ...LIMIT }),
  'failed of all batches': (ledger, { batchId, seq }) =>
    searchLines(ledger, { state: ['failed', 'unresolved'], before: { batchId, seq }, ...LIMIT }),
  '100 batches, counted': async (ledger, { batchId }) => {
    const { batches } = await listBatches(ledger, { before: batchId, ...LIMIT });
    return countStatesOf(
      ledger,
      batches.map((batch) => batch.batchId),
    );
  },
  'batches of a source': (ledger, { source }) => listBatches(ledger, { source, ...LIMIT }),
  'actions on a batch': (ledger, { batchId }) => listActions(ledger, { batchId, ...LIMIT }),
  '100 actions': (ledger) => listActions(ledger, LIMIT),
  'story of a line': (ledger, { batchId, seq }) => readStory(ledger, batchId, seq),
  '100 lines of a batch': (ledger, { batchId, seq }) =>
    listLines(ledger, { batchId, after: seq, ...LIMIT }),
  'batch report': (ledger, { batchName }) => reportBatch(ledger, batchName),
  worklist: (ledger) => readWorklist(ledger),
  // As many lines as a page may look at: hardly any of them is held.
  [`held and queued lines of ${LARGEST}`]: (ledger, { batchId, seq }) =>
    searchLines(ledger, { batchId, state: ['queued', 'held'], before: { batchId, seq }, ...LIMIT }),
  [`report of ${LARGEST}`]: (ledger, { batchName }) => reportBatch(ledger, batchName),
  [`worklist of ${LARGEST}`]: (ledger, { batchId }) => readWorklist(ledger, { batchId }),
};

async function timeLookUps(
  client: Client,
  url: string,
  batches: readonly PlannedBatch[],
  terms: LookUpTerms & BatchTerms,
): Promise<Record<string, Percentiles>> {
  await using ledger = openLedger({ url, name: 'look-ups', connections: 1 });
  const paid = batches.filter(({ kind }) => kind === 'paid');
  const largest = paid.toSorted((a, b) => b.lines - a.lines).slice(0, 1);
  const count = WARM_UP_CALLS + (terms.calls ?? 500);
  const figures: Record<string, Percentiles> = {};
  for (const [index, [name, lookUp]] of Object.entries(LOOK_UPS).entries()) {
    const among = name.includes(LARGEST) ? largest : paid;
    const keys = await makeKeys(client, among, terms, { seed: terms.seed + index, count });
    const tookMs: number[] = [];
    for (const key of keys) {
      const startedAt = performance.now();
      await lookUp(ledger, key);
      tookMs.push(performance.now() - startedAt);
    }
    figures[name] = percentilesOf(tookMs.slice(WARM_UP_CALLS));
  }
  return figures;
}
