import { once } from 'node:events';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { simulatorSettings, startSimulator } from '@salio/simulator';
import { eventually } from '@salio/testkit';
import { expect, it } from 'vitest';
import { bench, type BookEntry, type Client, client, LOG, OTHER, PLAIN, to } from './fixture.ts';
import { bookFile, startProcess } from './process.ts';

const HEADING = 'salio simulator book 1\n';
const LINE = '254711000001\tKES\t10000\tcredited\n';

it('keeps every credit that it answered over SIGKILL, with keys, guard and statuses', async () => {
  const file = bookFile();
  const first = await startProcess(file);
  const answers: string[] = [];
  // Ten clients at once, killed while they send: some answers are lost, which is allowed; credits may not be.
  const senders = Array.from({ length: 10 }, (_, sender) =>
    sendUntilKilled(first.client, sender, answers),
  );
  while (answers.length < 200) await first.client.summary();
  first.child.kill('SIGKILL');
  await Promise.all(senders);

  const second = await startProcess(file);
  const booked = await wholeBook(second.client);
  const ids = new Set(booked.map((entry) => entry.requestId));
  expect(answers.filter((id) => !ids.has(id))).toEqual([]);
  expect(booked.map((entry) => entry.order)).toEqual(booked.map((_, place) => place + 1));

  const [one] = booked;
  if (!one) throw new Error('the book is empty');
  const again = [to(one.phone)];
  expect(await second.client.send(again, one.key ?? '')).toMatchObject({ numSent: 0 });
  expect(await second.client.send(again)).toMatchObject({ numSent: 0 });
  expect(await second.client.statusOf(one.requestId)).toEqual({ status: 'Success' });
  expect(await second.client.creditsOf(one.phone)).toHaveLength(1);
});

it('goes on counting and adding up where the earlier start ended', async () => {
  const file = bookFile();
  const settings = { BOOK_FILE: file, WALLET_CURRENCY: 'KES', WALLET_BALANCE: '1000' };
  await restarted(settings, async (before) => {
    await before.send([to(PLAIN), to('+254711009908')], 'tab\tand "quotes" é');
  });
  const { client: after } = await bench(settings);
  await after.send([to(OTHER)], 'b');
  expect(await wholeBook(after)).toMatchObject([
    { order: 1, phone: PLAIN, credited: true, requestNumber: 1, key: 'tab\tand "quotes" é' },
    { order: 2, credited: false, requestNumber: 1 },
    { order: 3, phone: OTHER, requestNumber: 2, key: 'b' },
  ]);
  expect(await after.summary()).toMatchObject({
    credits: 2,
    failedByTelco: 1,
    sums: { KES: '2000000' },
  });
  const balance = await after.get('/version1/user?username=sandbox');
  expect(await balance.json()).toEqual({ UserData: { balance: 'KES 712.0000' } });
});

it('cuts off a torn last line and keeps the rest', async () => {
  const file = bookFile();
  await restarted({ BOOK_FILE: file }, (before) => before.send([to(PLAIN)], 'a'));
  const whole = readFileSync(file, 'utf8');
  appendFileSync(file, 'C\tATQid_0123');
  await restarted({ BOOK_FILE: file }, async (torn) => {
    expect(await torn.summary()).toMatchObject({ credits: 1 });
    expect(readFileSync(file, 'utf8')).toBe(whole);
    await torn.send([to(OTHER)], 'b');
  });
  const { client: last } = await bench({ BOOK_FILE: file });
  expect(await last.summary()).toMatchObject({ credits: 2 });
});

it('credits only the rest where it was killed in the middle of late credits', async () => {
  const file = bookFile();
  mkdirSync(dirname(file));
  const putOff = `R\t4\t1\t"a"\t"k"\nP\t2\t${LINE}P\t2\t${LINE.replace('1\t', '2\t')}`;
  writeFileSync(file, `${HEADING}${putOff}R\t4\t2\t"a"\t"k"\tunspent\n${credit(0)}`);
  const { client: after } = await bench({ BOOK_FILE: file });
  const booked = await eventually(async () => {
    const entries = await wholeBook(after);
    return entries.length > 1 && entries;
  });
  expect(booked).toMatchObject([
    { phone: PLAIN, requestNumber: 4, key: 'k' },
    { phone: OTHER, requestNumber: 4, key: 'k' },
  ]);
  await after.send([to('+254711000003')], 'l');
  expect(await wholeBook(after)).toMatchObject([{}, {}, { requestNumber: 5 }]);
});

it('empties the file at a reset', async () => {
  const file = bookFile();
  await restarted({ BOOK_FILE: file }, async (before) => {
    await before.send([to(PLAIN)], 'a');
    await before.control('reset', {});
    await before.send([to(OTHER)], 'a');
  });
  const { client: after } = await bench({ BOOK_FILE: file });
  expect(await wholeBook(after)).toMatchObject([{ order: 1, phone: OTHER }]);
});

it.each([
  ['a file of somebody else', 'precious', /is not a book/],
  ['a book with a line changed', `${HEADING}C\tnonsense\n`, /Line 2/],
  ['a book without its requests', `${HEADING}${credit(0)}`, /Line 2/],
  ['a book with a late credit of no request', `${HEADING}P\t1\t${LINE}`, /Line 2/],
  ['a book with a lie that has no phones', `${HEADING}L\t1\t1\t\thalf\t1\tfalse\tx\n`, /Line 2/],
  ['a book that acknowledges nothing', `${HEADING}K\tATQid_${'0'.repeat(32)}\n`, /Line 2/],
  ['a book that drops nothing', `${HEADING}D\tx\n`, /Line 2/],
  ['a book with an arrival of nobody', `${HEADING}A\tme\n`, /Line 2/],
  ['a book with a line lost', `${HEADING}R\t1\t1\t"a"\t\n${credit(1)}`, /Line 3/],
])('does not start on %s, and leaves it alone', async (_, content, message) => {
  const file = bookFile();
  mkdirSync(dirname(file));
  writeFileSync(file, content);
  const settings = simulatorSettings({ PORT: '0', BOOK_FILE: file });
  await expect(startSimulator(settings, LOG)).rejects.toThrow(message);
  expect(readFileSync(file, 'utf8')).toBe(content);
});

it('ends cleanly at SIGTERM, though a client hangs', async () => {
  const { child, client: asked } = await startProcess(bookFile());
  const hung = asked.raw([to('+254711009915')]).then(
    () => 'answered',
    () => 'cut',
  );
  while ((await asked.summary()).credits === 0);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await hung).toBe('cut');
});

async function restarted(
  settings: Readonly<Record<string, string>>,
  during: (client: Client) => Promise<unknown>,
): Promise<void> {
  const simulator = await startSimulator(simulatorSettings({ PORT: '0', ...settings }), LOG);
  await during(client(simulator.url));
  await simulator[Symbol.asyncDispose]();
}

/** Sends until the connection breaks and keeps the ids that were answered. */
async function sendUntilKilled(asked: Client, sender: number, answers: string[]): Promise<void> {
  for (let turn = 0; turn < 5000; turn += 1) {
    const phone = `+2547${String(sender).padStart(2, '0')}0${String(turn).padStart(5, '0')}`;
    try {
      const answer = await asked.send([to(phone)], `${sender}/${turn}`);
      answers.push(...answer.responses.map((line) => line.requestId));
    } catch (error) {
      if (error instanceof TypeError || error instanceof SyntaxError) return;
      throw error;
    }
  }
}

async function wholeBook(asked: Client): Promise<BookEntry[]> {
  return (await asked.control<{ entries: BookEntry[] }>('book?limit=10000')).entries;
}

function credit(place: number): string {
  return `C\tATQid_${String(place).padStart(32, '0')}\t${LINE}`;
}
