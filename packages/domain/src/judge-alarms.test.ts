import { describe, expect, it } from 'vitest';
import { ALARM_KINDS, severityOf, tellAgainMs, type AlarmKind } from './alarm.ts';
import { judgeAlarms } from './judge-alarms.ts';
import { currency } from './money.ts';
import type { AccountPace, AlarmTerms, SystemLook } from './system-look.ts';

const kes = (units: bigint) => ({ currency: currency('KES'), units });
const TERMS: AlarmTerms = {
  unresolvedMs: 1_000,
  pausedMs: 2_000,
  leftMs: 3_000,
  heldBackMs: 4_000,
  slowShare: 0.25,
  idleMs: 5_000,
  decisionMs: 6_000,
  behindMs: 7_000,
  webhookMs: 8_000,
  walletLow: kes(100n),
};
const NONE = { count: 0, oldestMs: 0 };
/** A system that is well, and pays. */
const WELL: SystemLook = {
  untrusted: undefined,
  stops: [],
  pausedByTrouble: [],
  pausedByPeople: [],
  unresolved: { ...NONE, more: false },
  work: { waitingBatches: 0, idleMs: 0 },
  proposals: NONE,
  overdueRescues: NONE,
  overdueNews: NONE,
  unattributed: [],
  discrepancies: [],
  unsealed: NONE,
  failingWebhooks: [],
  redis: { kind: 'answers', paces: [] },
  floats: [],
  wallet: { account: 'main', balance: kes(100n) },
};

const judge = (look: Partial<SystemLook>, terms: Partial<AlarmTerms> = {}) =>
  judgeAlarms({ ...WELL, ...look }, { ...TERMS, ...terms });
const kinds = (look: Partial<SystemLook>, terms: Partial<AlarmTerms> = {}) =>
  judge(look, terms).standing.map(({ kind }) => kind);

const stop = { scope: 'account:main', reason: 'http_401', operator: 'salio', forMs: 0 };
const troubled = (oldestMs: number) => ({
  pausedByTrouble: [{ scope: 'account:main', batches: 12, oldestMs }],
});
const left = (forMs: number) => ({
  pausedByPeople: [{ batchId: 'id', clientReference: 'pay-1', reason: 'checking', forMs }],
});
const pace = (one: Partial<AccountPace>): Partial<SystemLook> => ({
  redis: {
    kind: 'answers',
    paces: [{ account: 'main', breakerOpenMs: undefined, share: 1, ...one }],
  },
});
const away = (forMs: number): Partial<SystemLook> => ({
  redis: { kind: 'away', forMs, reason: 'ECONNREFUSED' },
});
const waiting = (idleMs: number | undefined): Partial<SystemLook> => ({
  work: { waitingBatches: 1, idleMs },
});
const failing = (forMs: number): Partial<SystemLook> => ({
  failingWebhooks: [
    {
      id: 'id',
      source: 'payroll',
      url: 'https://pay.example.org/x?key=1',
      error: 'status 500',
      forMs,
    },
  ],
});
const oldest = (oldestMs: number) => ({ count: 3, oldestMs });

/** Each kind just before it is worth an alarm, and at the moment from which on it is. */
const BOUNDARIES: Readonly<
  Record<AlarmKind, readonly [before: Partial<SystemLook>, from: Partial<SystemLook>]>
> = {
  credited_twice: [
    { discrepancies: [{ kind: 'credited_twice', count: 0 }] },
    { discrepancies: [{ kind: 'credited_twice', count: 1 }] },
  ],
  database_untrusted: [{}, { untrusted: 'it was promoted' }],
  redis_away: [away(3_999), away(4_000)],
  account_stopped: [{}, { stops: [stop] }],
  nothing_active: [waiting(4_999), waiting(5_000)],
  breaker_open: [pace({ breakerOpenMs: 3_999 }), pace({ breakerOpenMs: 4_000 })],
  batch_paused: [troubled(1_999), troubled(2_000)],
  rescue_behind: [{ overdueRescues: oldest(6_999) }, { overdueRescues: oldest(7_000) }],
  wallet_low: [
    { wallet: { account: 'main', balance: kes(100n) } },
    { wallet: { account: 'main', balance: kes(99n) } },
  ],
  float_low: [
    { floats: [{ account: 'main', available: kes(100n), low: kes(100n) }] },
    { floats: [{ account: 'main', available: kes(99n), low: kes(100n) }] },
  ],
  unresolved_old: [
    { unresolved: { ...oldest(999), more: false } },
    { unresolved: { ...oldest(1_000), more: false } },
  ],
  slowed_down: [pace({ share: 0.25 }), pace({ share: 0.24 })],
  batch_left_paused: [left(2_999), left(3_000)],
  decision_waiting: [{ proposals: oldest(5_999) }, { proposals: oldest(6_000) }],
  news_behind: [{ overdueNews: oldest(6_999) }, { overdueNews: oldest(7_000) }],
  news_unattributed: [
    { unattributed: [{ account: 'main', ...oldest(2_999) }] },
    { unattributed: [{ account: 'main', ...oldest(3_000) }] },
  ],
  discrepancy_seen: [{}, { discrepancies: [{ kind: 'accepted_late', count: 2 }] }],
  sealing_behind: [{ unsealed: oldest(6_999) }, { unsealed: oldest(7_000) }],
  webhook_failing: [failing(7_999), failing(8_000)],
};

describe('alarms', () => {
  it('are none of a system that is well', () => {
    expect(judge({})).toEqual({ standing: [], unjudged: [] });
  });

  it.each(ALARM_KINDS)('say %s from its boundary on, and not before', (kind) => {
    const [before, from] = BOUNDARIES[kind];
    expect(kinds(before)).toEqual([]);
    expect(kinds(from)).toEqual([kind]);
  });

  it('have words for people', () => {
    const looks = ALARM_KINDS.map((kind) => BOUNDARIES[kind][1]);
    const details = looks.flatMap((look) => judge(look).standing.map(({ detail }) => detail));
    expect(details).toContain('account:main was stopped by salio 0 min ago: http_401');
    expect(details).toContain(
      '12 batches paused because account:main is stopped, the first 0 min ago',
    );
    expect(details).toContain(
      'the webhook of payroll at pay.example.org: it has taken nothing for 0 min: status 500',
    );
    expect(details).toContain('3 lines are unresolved, the oldest for 0 min');
    expect(details).toContain('the wallet holds KES 0.0099, less than KES 0.0100');
    expect(details).toContain('1 batch could be claimed, but the last claim was 0 min ago');
  });

  it.each([
    [59, '0 min'],
    [60, '1 min'],
    [3_599, '59 min'],
    [3_600, '1 h'],
    [172_799, '47 h'],
    [172_800, '2 days'],
  ])('say of %i s that it is %s', (seconds, text) => {
    const [one] = judge({ unresolved: { ...oldest(seconds * 1_000), more: true } }).standing;
    expect(one?.detail).toBe(`more than 3 lines are unresolved, the oldest for ${text}`);
  });
});

describe('no alarm', () => {
  it('is raised of work that waits where nothing may be sent anyway: that is told by itself', () => {
    expect(kinds({ ...waiting(undefined), untrusted: 'restored' })).toEqual(['database_untrusted']);
    const stops = [{ ...stop, scope: 'system' }];
    expect(kinds({ ...waiting(9_000), stops })).toEqual(['account_stopped']);
    expect(kinds({ ...waiting(9_000), stops: [stop] })).toContain('nothing_active');
  });

  it('is raised of a quiet night: nothing waits, however long nothing was sent', () => {
    expect(kinds({ work: { waitingBatches: 0, idleMs: 1e9 } })).toEqual([]);
    expect(kinds({ work: { waitingBatches: 0, idleMs: undefined } })).toEqual([]);
  });

  it('is raised of a wallet for which no limit is set, or that could not be read', () => {
    const empty = { wallet: { account: 'main', balance: kes(0n) } };
    expect(judge(empty, { walletLow: undefined })).toEqual({ standing: [], unjudged: [] });
    expect(judge({ wallet: undefined })).toEqual({
      standing: [],
      unjudged: [{ kind: 'wallet_low' }],
    });
  });
});

describe('what can not be judged', () => {
  it('is the pace while Redis does not answer', () => {
    const ofPace = [{ kind: 'breaker_open' }, { kind: 'slowed_down' }];
    expect(judge(away(1)).unjudged).toEqual([...ofPace, { kind: 'redis_away' }]);
    expect(judge(away(4_000)).unjudged).toEqual(ofPace);
  });

  it('is an account that has its speed back by half', () => {
    const slow = [{ kind: 'slowed_down', subject: 'account:main' }];
    expect(judge(pace({ share: 0.25 })).unjudged).toEqual(slow);
    expect(judge(pace({ share: 0.49 })).unjudged).toEqual(slow);
    expect(judge(pace({ share: 0.5 })).unjudged).toEqual([]);
    expect(judge(pace({ share: 1 }), { slowShare: 0.9 }).unjudged).toEqual([]);
  });
});

describe('the words of an alarm', () => {
  it('say that a limit in another currency than the wallet is none', () => {
    const balance = { currency: currency('USD'), units: 1_000n };
    const [one] = judge({ wallet: { account: 'main', balance } }).standing;
    expect(one?.detail).toContain('can not be compared');
  });

  it('hold no phone, no line break and no endless text', () => {
    const reason = `Invalid\n+254711000001 and 254711000002 ${'x'.repeat(500)}`;
    const [one] = judge({ stops: [{ ...stop, reason }] }).standing;
    expect(one?.detail).toContain('Invalid +25471•••001 and 254711•••002 xxx');
    expect(one?.detail.length).toBeLessThan(300);
  });

  it('name the database in full, which is no phone', () => {
    const untrusted = 'it is timeline 2 of 7566200000000000001';
    expect(judge({ untrusted }).standing[0]?.detail).toBe(untrusted);
  });

  it('list other discrepancies in one alarm, and two payments in one of its own', () => {
    const discrepancies = ['request_id_reused', 'accepted_late', 'credited_twice'].map((kind) => ({
      kind,
      count: 1,
    }));
    expect(judge({ discrepancies }).standing).toMatchObject([
      { kind: 'credited_twice', detail: expect.stringContaining('1 line has two payments') },
      { kind: 'discrepancy_seen', detail: expect.stringContaining('accepted_late (1), request') },
    ]);
  });
});

describe('urgency', () => {
  it('wakes people for money and for a standstill, and leaves the rest for working hours', () => {
    expect(severityOf('credited_twice')).toBe('page');
    expect(severityOf('batch_paused')).toBe('page');
    expect(severityOf('batch_left_paused')).toBe('ticket');
    expect(severityOf('of a later version')).toBe('ticket');
  });

  it('waits longer after each try that was not taken, ten minutes at most', () => {
    expect([1, 2, 3, 7, 8, 9, 10_000].map(tellAgainMs)).toEqual([
      5_000, 10_000, 20_000, 320_000, 600_000, 600_000, 600_000,
    ]);
  });
});
