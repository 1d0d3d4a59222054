import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { addPerson, issueKey, makeLogin, openLedger } from '@salio/ledger';
import { startProcess } from '@salio/testkit';
import type { Client } from 'pg';
import { percentilesOf, type Percentiles } from '../percentiles.ts';
import { makeKeys, type Key } from './make-keys.ts';
import type { BatchTerms, PlannedBatch } from './plan-batches.ts';

/** What the ops API is asked for, as a page of it or the command line does: lists of 100. */
const ENDPOINTS: Readonly<Record<string, (key: Key) => string>> = {
  'GET lines by phone': ({ msisdn }) => `lines?phone=${encodeURIComponent(msisdn)}`,
  'GET lines by request id': ({ requestId }) => `lines?requestId=${requestId}`,
  'GET lines, failed or unresolved': () => 'lines?state=failed,unresolved&limit=100',
  'GET lines of a batch': ({ batchId, seq }) => `batches/${batchId}/lines?after=${seq}&limit=100`,
  'GET a line’s story': ({ batchId, seq }) => `batches/${batchId}/lines/${seq}`,
  'GET 100 batches': ({ batchId }) => `batches?before=${batchId}&limit=100`,
  'GET a batch': ({ batchId }) => `batches/${batchId}`,
  'GET a report': ({ batchId }) => `batches/${batchId}/report`,
  'GET 100 actions': () => 'actions?limit=100',
  'GET the worklist': () => 'worklist',
};

const WARM_UP_CALLS = 20;
const OPS = fileURLToPath(new URL('../../../ops/src/main.ts', import.meta.url));

/** Times the lists of the ops API, in a process of its own, one call after the other. */
export async function timeEndpoints(
  client: Client,
  url: string,
  batches: readonly PlannedBatch[],
  terms: BatchTerms & { readonly calls?: number },
): Promise<Record<string, Percentiles>> {
  const ops = new URL(url);
  ops.username = 'look_ups_ops';
  ops.password = randomBytes(16).toString('hex');
  await makeLogin(url, { name: ops.username, password: ops.password, group: 'ops' });
  const key = await makeReader(url);
  await using api = await startProcess({
    name: 'api',
    file: OPS,
    env: {
      OPS_DATABASE_URL: ops.href,
      AIRTIME_USERNAME: 'sandbox',
      API_PORT: '0',
      API_REQUESTS_PER_MINUTE: '1000000',
      LOG_LEVEL: 'warn',
    },
  });
  const count = WARM_UP_CALLS + (terms.calls ?? 500);
  const paid = batches.filter(({ kind }) => kind === 'paid');
  const figures: Record<string, Percentiles> = {};
  for (const [index, [name, pathOf]] of Object.entries(ENDPOINTS).entries()) {
    const keys = await makeKeys(client, paid, terms, { seed: terms.seed + 100 + index, count });
    const tookMs: number[] = [];
    for (const each of keys) {
      const startedAt = performance.now();
      await ask(`${String(api.ready['api'])}/v1/${pathOf(each)}`, key);
      tookMs.push(performance.now() - startedAt);
    }
    figures[name] = percentilesOf(tookMs.slice(WARM_UP_CALLS));
  }
  return figures;
}

/** A key of somebody who may read everything. */
async function makeReader(url: string): Promise<string> {
  await using ledger = openLedger({ url, name: 'look-ups-reader', connections: 2 });
  const by = { operator: 'bench', access: { via: 'api', key: 'bench', from: 'bench' } } as const;
  const person = { name: 'bench-reader', kind: 'person', roles: ['operator'] } as const;
  await addPerson(ledger, { ...person, ...by });
  const { text } = await issueKey(ledger, { person: person.name, lifeMs: 86_400_000, ...by });
  return text;
}

async function ask(url: string, key: string): Promise<void> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} for ${url}: ${text}`);
}
