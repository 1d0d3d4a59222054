import { formatMoney, parseMoney } from '@salio/domain';
import type { ServerLook } from '@salio/ledger';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../finding.ts';
import { judgeBalance } from './balance.ts';
import { judgeClock } from './clock.ts';
import { judgeCredential, type CredentialLook } from './credential.ts';
import { judgeDurability } from './durability.ts';
import { judgeFactRights } from './fact-rights.ts';
import { judgeLedgerKey } from './ledger-key.ts';
import { judgeMigrations } from './migrations.ts';
import { judgeNode } from './node-version.ts';
import { judgePostgres } from './postgres-version.ts';
import { judgeProvider } from './provider-settings.ts';
import { judgeRedisMemory } from './redis-memory.ts';
import { judgeRedisPersistence } from './redis-persistence.ts';
import { judgeRedisPolicy } from './redis-policy.ts';
import { judgeRedisVersion } from './redis-version.ts';
import { judgeRole } from './role.ts';
import { judgeSealing } from './sealing.ts';
import { judgeStops } from './stops.ts';
import { judgeTrust } from './trust.ts';
import { judgeWorkers } from './workers.ts';

/** What was found, and the level and a part of what is said of it. */
type Case = readonly [found: string, finding: Finding, level: Finding['level'], says: string];

const money = (text: string) => {
  const balance = parseMoney(text);
  if (!balance) throw new Error(`${text} is no money`);
  return { ok: true, balance } as const;
};
const clock = (aheadMs: number, within = 1) => judgeClock({ aheadMs, within });
const MIB = 1_048_576;
const durable = { fsync: 'on', fullPageWrites: 'on', synchronousCommit: 'on' };
const role = (more: Partial<ServerLook> = {}) =>
  judgeRole({ login: 'app', superuser: false, memberOf: 'salio_app', ownsTables: false, ...more });
const now = { systemIdentifier: '7', timeline: 2 };
const until = new Date('2026-01-02T03:04:05Z');
const credential = (more: Partial<CredentialLook>) =>
  judgeCredential({
    ledgerId: 'L',
    source: 'payroll',
    publicKey: 'new',
    ledgerPublicKey: 'K',
    keyOfLedger: 'K',
    ledger: ofLedger({}),
    ...more,
  });
const ofLedger = (more: { revoked?: boolean; keys?: string[] }) => ({
  ledgerId: 'L',
  source: { revoked: false, keys: ['new', 'old'], previousUntil: until, ...more },
});

const HERE: readonly Case[] = [
  ['a new Node.js', judgeNode('24.12.0'), 'ok', '24.12.0'],
  ['a newer one', judgeNode('26.0.1'), 'ok', '26.0.1'],
  ['one that is too old', judgeNode('24.11.9'), 'fail', '24.11.9'],
  ['one that is much too old', judgeNode('22.22.0'), 'fail', '22.22.0'],
  ['a ledger key', judgeLedgerKey('abc'), 'ok', 'abc'],
  ['another text as ledger key', judgeLedgerKey(undefined), 'fail', 'no Ed25519 key'],
  ['a clock like ours', clock(300), 'ok', 'as ours'],
  ['one that is far away, and so may be like ours', clock(2_500, 2_000), 'ok', 'as ours'],
  ['one a little ahead', clock(3_000), 'ok', '3 s ahead of ours'],
  ['one behind', clock(-10_000), 'warn', '10 s behind ours'],
  ['one that is far off', clock(-3_600_000), 'fail', '1 h behind ours'],
];

const PROVIDER: readonly Case[] = [
  [
    'a live account',
    judgeProvider({ username: 'acme', baseUrl: undefined }),
    'ok',
    'account acme at api.africastalking.com',
  ],
  ['the sandbox', judgeProvider({ username: 'sandbox', baseUrl: undefined }), 'ok', 'api.sandbox.'],
  [
    'a simulator here',
    judgeProvider({ username: 'demo', baseUrl: 'http://127.0.0.1:4010' }),
    'ok',
    '127.0.0.1:4010',
  ],
  [
    'a simulator elsewhere',
    judgeProvider({ username: 'demo', baseUrl: 'http://sim:80' }),
    'warn',
    'without TLS',
  ],
  [
    'sandbox and live',
    judgeProvider({ username: 'sandbox', baseUrl: 'https://api.africastalking.com' }),
    'fail',
    'different accounts',
  ],
  [
    'live and sandbox',
    judgeProvider({ username: 'acme', baseUrl: 'https://api.sandbox.africastalking.com' }),
    'fail',
    'different accounts',
  ],
  [
    'the provider without TLS',
    judgeProvider({ username: 'acme', baseUrl: 'http://api.africastalking.com' }),
    'fail',
    'must be https',
  ],
  ['money in the wallet', judgeBalance(money('KES 1785.50')), 'ok', 'KES 1785.5'],
  ['an empty wallet', judgeBalance(money('KES 0')), 'warn', 'KES 0'],
  [
    'a debt',
    judgeBalance({ ok: true, balance: { ...money('ZAR 1').balance, units: -13_448n } }),
    'warn',
    'ZAR -1.3448',
  ],
  ['a refused key', judgeBalance({ ok: false, reason: 'http_401' }), 'fail', 'refuses the key'],
  ['a lost answer', judgeBalance({ ok: false, reason: 'timeout' }), 'fail', 'timeout'],
];

const CREDENTIAL: readonly Case[] = [
  ['its newest key', credential({}), 'ok', 'newest key'],
  ['the key before', credential({ publicKey: 'old' }), 'warn', until.toISOString()],
  ['a key that is not taken', credential({ publicKey: 'x' }), 'fail', 'another key'],
  ['another ledger', credential({ ledgerId: 'M' }), 'fail', 'another ledger'],
  ['another ledger key', credential({ keyOfLedger: 'J' }), 'fail', 'another ledger key'],
  ['no ledger key to compare', credential({ keyOfLedger: undefined }), 'ok', 'newest key'],
  [
    'a source that is not known',
    credential({ ledger: { ledgerId: 'L', source: undefined } }),
    'fail',
    'no source payroll',
  ],
  [
    'a revoked source',
    credential({ ledger: ofLedger({ revoked: true, keys: [] }) }),
    'fail',
    'revoked',
  ],
  ['no ledger', credential({ ledger: 'DATABASE_URL is not set' }), 'ok', 'DATABASE_URL is not set'],
];

const REDIS: readonly Case[] = [
  ['a version', judgeRedisVersion('7.4.1'), 'ok', '7.4.1'],
  ['the oldest that will do', judgeRedisVersion('6.2.0'), 'ok', '6.2.0'],
  ['an old one', judgeRedisVersion('6.0.16'), 'fail', '6.0.16'],
  ['none', judgeRedisVersion(undefined), 'warn', 'not tell'],
  ['noeviction', judgeRedisPolicy('noeviction'), 'ok', 'noeviction'],
  ['another policy', judgeRedisPolicy('allkeys-lru'), 'fail', 'allkeys-lru'],
  ['no policy', judgeRedisPolicy(undefined), 'warn', 'not tell'],
  ['a file, each second', judgeRedisPersistence(true, 'everysec'), 'ok', 'everysec'],
  ['a file, sometime', judgeRedisPersistence(true, 'no'), 'warn', 'appendfsync no'],
  ['a file, and who knows when', judgeRedisPersistence(true, undefined), 'ok', 'not told'],
  ['no file', judgeRedisPersistence(false, 'everysec'), 'warn', 'appendonly no'],
  ['nothing told of a file', judgeRedisPersistence(undefined, undefined), 'warn', 'not tell'],
  ['memory without a limit', judgeRedisMemory(5 * MIB, 0), 'ok', '5 MiB used'],
  ['memory enough', judgeRedisMemory(79 * MIB, 100 * MIB), 'ok', '79 MiB used of 100'],
  ['memory running out', judgeRedisMemory(80 * MIB, 100 * MIB), 'warn', 'of 100'],
  ['memory that is full', judgeRedisMemory(96 * MIB, 100 * MIB), 'fail', 'of 100'],
  ['nothing told of memory', judgeRedisMemory(undefined, undefined), 'warn', 'not tell'],
  [
    'workers',
    judgeWorkers([{ name: 'chunks', waiting: 9, workers: 2 }]),
    'ok',
    '9 wait, 2 workers',
  ],
  ['nothing to do', judgeWorkers([{ name: 'chunks', waiting: 0, workers: 0 }]), 'ok', '0 workers'],
  ['nobody to do it', judgeWorkers([{ name: 'chunks', waiting: 1, workers: 0 }]), 'warn', '1 wait'],
  [
    'who knows who',
    judgeWorkers([{ name: 'chunks', waiting: 1, workers: undefined }]),
    'ok',
    'unknown workers',
  ],
];

const POSTGRES: readonly Case[] = [
  ['the tested version', judgePostgres({ versionNumber: 180_001, version: '18.1' }), 'ok', '18.1'],
  ['another version', judgePostgres({ versionNumber: 160_004, version: '16.4' }), 'warn', '16.4'],
  ['durable', judgeDurability(durable), 'ok', 'fsync on'],
  [
    'asynchronous by default',
    judgeDurability({ ...durable, synchronousCommit: 'off' }),
    'ok',
    'synchronous_commit off',
  ],
  ['no fsync', judgeDurability({ ...durable, fsync: 'off' }), 'fail', 'fsync off'],
  [
    'no full pages',
    judgeDurability({ ...durable, fullPageWrites: 'off' }),
    'fail',
    'full_page_writes off',
  ],
  ['a login of the apps', role(), 'ok', 'member of salio_app'],
  ['a superuser', role({ superuser: true }), 'fail', 'superuser'],
  ['an owner', role({ ownsTables: true }), 'fail', 'owns'],
  ['a stranger', role({ memberOf: null }), 'fail', 'no member'],
  ['no right on facts', judgeFactRights([]), 'ok', 'can not be updated'],
  [
    'a right on facts',
    judgeFactRights([{ table: 'sends', right: 'DELETE' }]),
    'fail',
    'DELETE on sends',
  ],
  [
    'many of them',
    judgeFactRights(Array.from({ length: 9 }, () => ({ table: 't', right: 'UPDATE' as const }))),
    'fail',
    'and 6 more',
  ],
];

const LEDGER: readonly Case[] = [
  ['no migrations', judgeMigrations({ kind: 'never' }), 'fail', 'ever migrated'],
  [
    'all of them',
    judgeMigrations({ kind: 'read', applied: 9, missing: [], unknown: 0 }),
    'ok',
    'all 9',
  ],
  [
    'too few',
    judgeMigrations({ kind: 'read', applied: 8, missing: ['0008_x'], unknown: 0 }),
    'fail',
    'lacks 0008_x',
  ],
  [
    'too many',
    judgeMigrations({ kind: 'read', applied: 9, missing: [], unknown: 2 }),
    'fail',
    'ahead',
  ],
  [
    'all columns',
    judgeMigrations({ kind: 'compared', missing: [], unknown: [] }),
    'ok',
    'the owner',
  ],
  [
    'too few columns',
    judgeMigrations({ kind: 'compared', missing: ['a.b', 'a.c', 'a.d', 'a.e'], unknown: [] }),
    'fail',
    'a.b, a.c, a.d and 1 more',
  ],
  [
    'too many columns',
    judgeMigrations({ kind: 'compared', missing: [], unknown: ['a.z'] }),
    'fail',
    'a.z',
  ],
  ['trust', judgeTrust({ kind: 'trusted', now }), 'ok', 'timeline 2 of 7'],
  [
    'no trust',
    judgeTrust({ kind: 'untrusted', now, trusted: undefined, reason: 'restored' }),
    'fail',
    'restored',
  ],
  ['a standby', judgeTrust({ kind: 'in_recovery', reason: 'a standby' }), 'fail', 'a standby'],
  ['a chain that keeps up', judgeSealing({ sinceMs: 4_000, unsealed: 12 }), 'ok', '4 s ago'],
  ['a chain that rests', judgeSealing({ sinceMs: 9e7, unsealed: 0 }), 'ok', 'not sealed: 0'],
  [
    'a chain that is late',
    judgeSealing({ sinceMs: 300_000, unsealed: 1_000 }),
    'warn',
    '1,000 facts or more',
  ],
  ['no chain', judgeSealing({ sinceMs: undefined, unsealed: 2 }), 'warn', 'nothing was sealed'],
  [
    'nothing stopped',
    judgeStops([{ scope: 'system', stopped: false, reason: null }]),
    'ok',
    'nothing',
  ],
  [
    'a stop',
    judgeStops([{ scope: 'system', stopped: true, reason: 'trouble' }]),
    'warn',
    'system: trouble',
  ],
];

describe.each([
  ['this machine', HERE],
  ['the provider', PROVIDER],
  ['a credential', CREDENTIAL],
  ['Redis', REDIS],
  ['Postgres', POSTGRES],
  ['the ledger', LEDGER],
])('of %s', (_of, cases) => {
  it.each(cases)('%s is judged', (_found, finding, level, says) => {
    expect(finding.level).toBe(level);
    expect(finding.says).toContain(says);
  });

  it.each(cases)(
    '%s comes with what to do exactly where something is to be done',
    (_found, finding) => {
      expect(finding.todo === '').toBe(finding.level === 'ok');
    },
  );
});

it('tells money as text with its currency', () => {
  expect(judgeBalance(money('KES 1785.50')).says).toContain(
    formatMoney(money('KES 1785.50').balance),
  );
});
