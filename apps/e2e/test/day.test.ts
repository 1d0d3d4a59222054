import { askCli, eventually, startSystem, type System } from '@salio/testkit';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { readBook } from '../src/book.ts';
import { apiPerson, type ApiPerson } from './api-person.ts';

/** A day of many seconds, on a busy machine of minutes. */
const DAY_MS = 240_000;
const WAIT = { timeoutMs: 90_000, everyMs: 100 };
const BATCH = 'a-day';
/** Enough that a person comes between. */
const PLAIN = 120;
/** The simulator refuses it, as long as its magic is on. */
const REFUSED = ['+254712009902', '+254713009902'];
/** The connection is cut, and nothing is credited. */
const CUT = '+254712009918';

let system: System;
let maker: ApiPerson;
let checker: ApiPerson;
let auditor: ApiPerson;
beforeAll(async () => {
  system = await startSystem(inject('services'), {
    workers: 2,
    callbacks: { status: true },
    simulator: { LATENCY_MS: '250', LATENCY_JITTER_MS: '0', NOTIFY_AFTER_MS: '300' },
    worker: { CALLS_IN_FLIGHT: '2', CHUNK_LINES: '20' },
    // Nobody waits eight hours here until people may call a line unpaid.
    api: { RELEASE_ALONE_MAX: 'KES:100', UNPAID_AFTER_SECONDS: '0.1' },
  });
  const people = await system.people({
    amina: 'operator',
    brian: 'operator,approver',
    carol: 'auditor',
  });
  [maker, checker, auditor] = [
    apiPerson(people.amina),
    apiPerson(people.brian),
    apiPerson(people.carol),
  ];
}, 120_000);
afterAll(async () => system?.[Symbol.asyncDispose]());

const rows = [
  ...Array.from({ length: PLAIN }, (_, at) => `+25471100${String(at).padStart(4, '0')},10,KES`),
  '+254711000999,1,KES',
  ...REFUSED.map((phone) => `${phone},20.50,KES`),
  `${CUT},30,KES`,
];
const FILE = `phone,amount,currency\n${rows.join('\n')}\n`;
const SUBMIT = `batches?clientReference=${BATCH}&source=payroll`;

const read = async () => (await auditor.get(`batches/${BATCH}`)).body;
const statesOf = async () => Object((await read())['states']) as Readonly<Record<string, number>>; // safe because Object gives an object
const untilState = (state: string) =>
  eventually(async () => (await read())['state'] === state, WAIT);

async function credited(): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const { phone, credited: paid } of readBook(system.simulatorUrl)) {
    if (paid) counts.set(phone, (counts.get(phone) ?? 0) + 1);
  }
  return counts;
}

/** A chunk that somebody has in hand at that moment is left out: then a person tries again. */
async function retryAll(lines: number, order: object): Promise<void> {
  let left = lines;
  await eventually(async () => {
    const { status, body } = await maker.post(`batches/${BATCH}/retry`, order);
    if (status === 200) left -= Number(body['lines']);
    else expect(body['code']).toBe('conflict');
    return left === 0;
  }, WAIT);
}

it(
  'is a day of operations: every verb, two people, and each line paid once',
  { timeout: DAY_MS },
  async () => {
    // Looked at first: nothing stays behind.
    const tried = await maker.postCsv(`${SUBMIT}&dryRun=true`, FILE);
    expect(tried).toMatchObject({
      status: 200,
      body: { dryRun: true, rows: 124, lines: 123, rejected: 1 },
    });
    expect((await auditor.get(`batches/${BATCH}`)).status).toBe(404);

    // Submitted once, however often it is sent.
    const key = { 'idempotency-key': 'the-day' };
    const [submitted, again] = [
      await maker.postCsv(SUBMIT, FILE, key),
      await maker.postCsv(SUBMIT, FILE, key),
    ];
    expect(submitted).toMatchObject({ status: 201, replayed: false });
    expect(again).toEqual({ ...submitted, replayed: true });

    // Released by another person than the maker, who has looked at what it is.
    const { version, contentHash, lines, rejected, sums } = await read();
    const order = {
      version,
      contentHash,
      lines,
      rejected,
      sums: Object.entries(Object(sums)).map(([code, sum]) => `${code} ${String(sum)}`),
    };
    const own = await maker.post(`batches/${BATCH}/release`, order);
    expect(own).toMatchObject({ status: 409, body: { code: 'second_person' } });
    const other = await checker.post(`batches/${BATCH}/release`, { ...order, lines: 1 });
    expect(other).toMatchObject({ status: 412, body: { code: 'version_changed' } });
    const live = auditor.listen(`batch=${BATCH}`);
    await eventually(() => live.events.length > 0, WAIT);
    const released = await checker.post(`batches/${BATCH}/release`, order);
    expect(released).toMatchObject({ status: 200, body: { state: 'released' } });

    // Paused in the middle: what is in flight ends, and then nothing moves.
    await eventually(async () => (await credited()).size > 10, WAIT);
    const paused = await checker.post(`batches/${BATCH}/pause`, { reason: 'somebody calls' });
    expect(paused).toMatchObject({ status: 200, body: { state: 'paused' } });
    await eventually(async () => !('sending' in (await statesOf())), WAIT);
    await eventually(() => live.events.some((text) => text.includes('"state":"paused"')), WAIT);
    const still = (await credited()).size;
    const held = await statesOf();
    expect(held['queued']).toBeGreaterThan(0);
    expect((await checker.post(`batches/${BATCH}/pause`, { reason: 'x' })).status).toBe(409);
    expect((await credited()).size).toBe(still);
    const resumed = await maker.post(`batches/${BATCH}/resume`, { reason: 'it was nothing' });
    expect(resumed).toMatchObject({ status: 200, body: { state: 'released' } });

    // A part fails, one line is not known, the rest is notified.
    await untilState('completed');
    await eventually(async () => (await statesOf())['succeeded'] === PLAIN, WAIT);
    expect(await statesOf()).toEqual({ succeeded: PLAIN, failed: 2, unresolved: 1 });
    const { body: work } = await auditor.get(`worklist?batch=${BATCH}`);
    expect(work).toMatchObject({
      unresolved: [{ lines: 1, amount: 'KES 30.0000' }],
      failed: [{ lines: 2, text: 'Invalid phone number' }],
    });

    // Retried by what was said of it, once it is mended; looked at before.
    await fetch(`${system.simulatorUrl}/simulator/settings`, {
      method: 'POST',
      body: JSON.stringify({ MAGIC: false }),
    });
    const retry = { reason: 'the numbers are open', text: 'Invalid phone number' };
    const looked = await maker.post(`batches/${BATCH}/retry`, { ...retry, dryRun: true });
    expect(looked.body).toMatchObject({ dryRun: true, lines: 2, sums: ['KES 41.0000'] });
    expect(await statesOf()).toMatchObject({ failed: 2 });
    await retryAll(2, retry);
    await eventually(async () => (await statesOf())['succeeded'] === PLAIN + 2, WAIT);

    // What nobody knows takes two people; then it is sent once more.
    const proposed = await maker.post('decisions', {
      verdict: 'unpaid',
      selection: { batch: BATCH },
      reason: 'it is not on the statement',
      expected: { lines: 1, sums: ['KES 30'] },
    });
    expect(proposed).toMatchObject({ status: 200, body: { lines: 1 } });
    const decision = `decisions/${String(proposed.body['decisionId'])}/confirm`;
    expect((await maker.post(decision, { reason: 'x' })).status).toBe(403);
    const confirmed = await checker.post(decision, { reason: 'nor on mine' });
    expect(confirmed).toMatchObject({ status: 200, body: { lines: 1 } });
    await retryAll(1, { reason: 'decided unpaid' });
    await eventually(async () => (await statesOf())['succeeded'] === PLAIN + 3, WAIT);
    await untilState('completed');

    // Every line once, and the whole day on record.
    const paid = await credited();
    expect(paid.size).toBe(PLAIN + 3);
    expect([...paid.values()].filter((times) => times !== 1)).toEqual([]);
    const statesTold = () => live.events.map((text) => String(Object(JSON.parse(text))['state']));
    // The stream tells it a little later than the list.
    await eventually(() => statesTold().at(-1) === 'completed', WAIT);
    expect(statesTold()).toEqual(expect.arrayContaining(['checked', 'released', 'paused']));
    live.end();
    const { body: done } = await auditor.get(`actions?batch=${BATCH}`);
    // safe because the answer's schema says so
    const actions = done['actions'] as { readonly operator: string; readonly verb: string }[];
    const told = actions.map(({ operator, verb }) => `${operator} ${verb}`).toReversed();
    // A retry that was given twice is one here.
    expect(told.filter((text, at) => text !== told[at - 1])).toEqual([
      'amina batch.submit',
      'brian batch.release',
      'brian batch.pause',
      'amina batch.resume',
      'amina batch.retry',
      'amina lines.decide.propose',
      'brian lines.decide',
      'amina batch.retry',
    ]);
    const { body: found } = await auditor.get(`lines?phone=${encodeURIComponent(CUT)}`);
    // safe because the answer's schema says so
    const [line] = found['lines'] as { readonly seq: number }[];
    const { body: story } = await auditor.get(`batches/${BATCH}/lines/${line?.seq ?? 0}`);
    // safe because the answer's schema says so
    const kinds = (story['events'] as { readonly kind: string }[]).map(({ kind }) => kind);
    expect(kinds.filter((kind) => STORY.includes(kind))).toEqual(STORY);
    expect(await askCli(['audit', 'verify'], system.cli)).toMatchObject({ verified: true });
  },
);

/** Of the line that was cut off. */
const STORY = [
  'page',
  'submission',
  'release',
  'pause',
  'resume',
  'attempt',
  'send',
  'answer',
  'proposal',
  'confirmation',
  'resolution',
  'attempt',
  'send',
  'answer',
  'notification',
  'resolution',
];
