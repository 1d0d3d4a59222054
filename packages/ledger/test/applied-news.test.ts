import { currency, msisdn } from '@salio/domain';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { recordNotifications, type ToldNotification } from '../src/index.ts';
import { openListener, raw, told } from './support/callbacks.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
const listener = openListener(world);
afterAll(async () => {
  await listener[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});
beforeEach(() => world.owner.query('DELETE FROM inbox'));

const record = (...all: ToldNotification[]) => recordNotifications(listener, 'main', all);
const KES = currency('KES');

it('writes a notification down as a fact, its body beside it, and puts it into the inbox', async () => {
  const full = told({
    description: 'Airtime Delivered Successfully',
    msisdn: msisdn('+254711000001'),
    value: { currency: KES, units: 1_000_000n },
    discount: { currency: KES, units: 6_000n },
  });
  await record(full);
  const requestId = full.reading.kind === 'read' && full.reading.requestId;
  const [row] = await world.select(
    `SELECT n.account, n.request_id, n.status, n.description, n.amount, n.amount_currency, n.discount, n.discount_currency,
       n.unreadable, n.body_sha256, b.msisdn, b.content_type, b.body, i.msisdn AS inbox_msisdn, i.currency AS inbox_currency,
       i.amount AS inbox_amount, i.status AS inbox_status, i.look_at <= clock_timestamp() AS due
     FROM notifications n JOIN notification_bodies b ON b.notification_id = n.id JOIN inbox i ON i.notification_id = n.id
     WHERE n.request_id = $1 AND i.request_id = $1`,
    [requestId],
  );
  expect(row).toEqual({
    account: 'main',
    request_id: requestId,
    status: 'Success',
    description: 'Airtime Delivered Successfully',
    amount: '1000000',
    amount_currency: 'KES',
    discount: '6000',
    discount_currency: 'KES',
    unreadable: null,
    body_sha256: full.bodySha256,
    msisdn: '+254711000001',
    content_type: 'application/json',
    body: full.body,
    inbox_msisdn: '+254711000001',
    inbox_currency: 'KES',
    inbox_amount: '1000000',
    inbox_status: 'Success',
    due: true,
  });
});

it('keeps what can not be read, and puts it into nobody’s inbox', async () => {
  const reading = { kind: 'unreadable', reason: 'status is no word' } as const;
  await record({ reading, ...raw('bro\0ken'), contentType: 'text/\0' });
  const rows = await world.select(
    `SELECT request_id, unreadable, content_type, body FROM notifications JOIN notification_bodies ON notification_id = id
     WHERE unreadable IS NOT NULL`,
  );
  const kept = { content_type: 'text/\uFFFD', body: 'bro\uFFFDken' };
  expect(rows).toEqual([{ request_id: null, unreadable: reading.reason, ...kept }]);
  expect(await world.count('SELECT count(*) FROM inbox')).toBe(0);
});

it('keeps every repeat', async () => {
  const twice = told();
  await record(twice, twice);
  await record(twice);
  const hashes = await world.select('SELECT id FROM notifications WHERE body_sha256 = $1', [
    twice.bodySha256,
  ]);
  expect(hashes).toHaveLength(3);
  expect(await world.count('SELECT count(*) FROM inbox')).toBe(3);
});

it('keeps hundreds in one commit, each with its own body', async () => {
  const phone = (index: number) => msisdn(`+254711${String(index).padStart(6, '0')}`);
  const many = Array.from({ length: 500 }, (_, index) => told({ msisdn: phone(index) }));
  await Promise.all([record(...many.slice(0, 250)), record(...many.slice(250))]);
  const rows = await world.select<{ request_id: string; body: string; msisdn: string }>(
    `SELECT i.request_id, i.msisdn, b.body FROM inbox i
     JOIN notifications n ON n.id = i.notification_id AND n.request_id = i.request_id
     JOIN notification_bodies b ON b.notification_id = n.id AND b.msisdn = i.msisdn
       AND n.body_sha256 = sha256(convert_to(b.body, 'UTF8'))`,
  );
  const known = new Map(rows.map((row) => [row.request_id, row]));
  const wrong = many.filter(({ reading, body }) => {
    if (reading.kind !== 'read') return true;
    const row = known.get(reading.requestId);
    return row?.body !== body || row.msisdn !== reading.msisdn;
  });
  expect(wrong).toEqual([]);
  const commits = `SELECT count(DISTINCT n.xmin::text) FROM notifications n JOIN inbox i ON i.notification_id = n.id`;
  expect(await world.count(commits)).toBe(2);
});
