import { once } from 'node:events';
import { connect } from 'node:net';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { eventually } from '@salio/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type Answered, type ApiWorld, type Caller } from './support/api-world.ts';
import { csvOf, rowsOf, sendFile } from './support/send-file.ts';

const world = await openApiWorld();
/** Another process of the API, so to say, with little patience and room. */
const tight = await openApiWorld({
  limits: { uploadBytes: 10_000, uploadStepMs: 300, lingerMs: 200, requestMs: 500 },
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await tight[Symbol.asyncDispose]();
});

let submitter: Caller | undefined;
beforeAll(async () => {
  submitter = await world.newcomer('submitter');
});

function us(): Caller {
  if (!submitter) throw new Error('nobody is there yet');
  return submitter;
}

const HEADER = 'phone,amount,currency\n';
let names = 0;
const name = () => `file-${(names += 1)}`;

const send = (
  query: Record<string, string>,
  file: Parameters<typeof sendFile>[3],
  headers: Record<string, string> = {},
): Promise<Answered> => sendFile(world, us(), query, file, headers);

async function stateOf(clientReference: string): Promise<unknown> {
  const { rows } = await world.owner.pool.query<{ state: string }>(
    'SELECT state FROM batches WHERE client_reference = $1',
    [clientReference],
  );
  return rows[0]?.state;
}

/** Begins a file and sends no more of it than this. */
async function begin(
  { url }: ApiWorld,
  { key }: Caller,
  clientReference: string,
  text: string,
  headers = '',
  length = 9_999,
) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let heard = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (heard += piece));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(
    `POST /v1/batches?clientReference=${clientReference} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n` +
      `Content-Type: text/csv\r\nContent-Length: ${length}\r\n${headers}\r\n${text}`,
  );
  return { socket, heard: () => heard };
}

describe('a file', () => {
  const rows = rowsOf(3);
  const text = csvOf(rows);

  it.each<[string, string | Buffer, Record<string, string>]>([
    ['with a byte order mark', `\uFEFF${text}`, {}],
    ['with semicolons', text.replaceAll(',', ';'), {}],
    ['with tabs and CRLF', text.replaceAll(',', '\t').replaceAll('\n', '\r\n'), {}],
    ['in UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le'), {}],
    ['in UTF-16 that is named', Buffer.from(text, 'utf16le'), { encoding: 'utf-16le' }],
    [
      'with other columns',
      text.replace('phone,amount', 'Mobile,"Net pay"'),
      { map: 'phone=Mobile,amount="Net pay"' },
    ],
    [
      'without currencies',
      text.replaceAll(',KES', '').replace(',currency', ''),
      { currency: 'KES' },
    ],
    ['of phones at home', text.replaceAll('+254', '0'), { country: 'KE' }],
    ['as expected', text, { expectRows: '3', expectTotal: 'KES 300', allowDuplicates: 'false' }],
  ])('%s is the same batch', async (_what, file, query) => {
    const done = await send({ clientReference: name(), ...query }, file);
    expect(done).toMatchObject({
      status: 201,
      body: { verdict: 'accepted', rows: 3, lines: 3, rejected: 0, sums: ['KES 300.0000'] },
    });
    const asJson = await us().post('batches', { clientReference: name(), dryRun: true, rows });
    expect(done.body['contentHash']).toBe(asJson.body['contentHash']);
  });

  it('has rejected rows, which are no error', async () => {
    const file = `${text}12,100,KES\n+254712999999,1,KES\n`;
    const done = await send({ clientReference: name() }, file);
    expect(done).toMatchObject({ status: 201, body: { lines: 3, rejected: 2 } });
    expect(done.body['rejections']).toMatchObject([
      { row: 4, reason: 'phone_invalid' },
      { row: 5, reason: 'amount_out_of_range' },
    ]);
  });

  it('is tried without being submitted', async () => {
    const clientReference = name();
    const tried = await send({ clientReference, dryRun: 'true' }, text);
    expect(tried).toMatchObject({
      status: 200,
      body: { verdict: 'accepted', dryRun: true, lines: 3 },
    });
    expect(await stateOf(clientReference)).toBeUndefined();
  });

  it.each([
    ['a quote that is not closed', `${text}"+254712000001,100,KES\n`, {}, 'row 3'],
    ['a column that is not known', 'phone,amount,currency,colour\n', {}, 'body'],
    ['a column that is missing', 'phone,amount\n', {}, 'body'],
    ['bytes that are no text', Buffer.from([...Buffer.from(text), 0xff, 0x0a]), {}, 'row 0'],
    ['nothing in it', '', {}, 'body'],
    ['a mapping that is none', text, { map: 'x' }, 'body'],
    ['an encoding that is none', text, { encoding: 'klingon' }, 'body'],
    ['an option that there is not', text, { force: 'true' }, 'query'],
    ['a sum that is none', text, { expectTotal: '300' }, 'query.expectTotal'],
  ])('is refused with %s, and it is said where', async (_what, file, query, where) => {
    const clientReference = name();
    const refused = await send({ clientReference, ...query }, file);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(refused.body['errors']).toContainEqual(expect.objectContaining({ where }));
    expect(String(refused.body['detail'])).not.toContain('--');
    expect(await stateOf(clientReference)).not.toBe('checked');
  });

  it('without rows is none', async () => {
    const refused = await send({ clientReference: name() }, 'phone,amount,currency\n');
    expect(refused).toMatchObject({ status: 400, body: { detail: 'there are no rows' } });
  });

  it('is taken by no other operation, and needs a name', async () => {
    expect((await send({}, text)).status).toBe(400);
    const csv = { 'content-type': 'text/csv' };
    const elsewhere = await us().post('batches/x/pause', text, csv);
    expect(elsewhere.status).toBe(403);
    const operator = await world.newcomer('operator');
    expect((await operator.post('batches/x/pause', text, csv)).status).toBe(415);
  });
});

describe('a file with an Idempotency-Key', () => {
  const keyed = (key: string) => ({ 'idempotency-key': key });

  it('is taken once and answered alike; other bytes are refused', async () => {
    const query = { clientReference: name() };
    const file = csvOf(rowsOf(2_500));
    const first = await send(query, file, keyed('file'));
    const again = await send(query, file, keyed('file'));
    expect(first.status).toBe(201);
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = await send(query, csvOf(rowsOf(1)), keyed('file'));
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    const renamed = await send({ clientReference: name() }, file, keyed('file'));
    expect(renamed).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    const verbs = await world.actions(String(first.body['batchId']));
    expect(verbs).toHaveLength(1);
  });

  it('keeps a refusal of the whole file, but not that it was no file', async () => {
    const query = { clientReference: name() };
    const [file, other] = [csvOf(rowsOf(2)), csvOf(rowsOf(2))];
    const broken = await send(query, 'phone\n', keyed('mended'));
    expect(broken.status).toBe(400);
    expect((await send(query, file, keyed('mended'))).status).toBe(201);
    expect((await send(query, other, keyed('conflict'))).status).toBe(409);
    const again = await send(query, other, keyed('conflict'));
    expect(again).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('is under way until it has come', async () => {
    const clientReference = name();
    const header = 'Idempotency-Key: slow\r\n';
    const { socket } = await begin(world, us(), clientReference, HEADER, header);
    const held = async () => {
      const { rows } = await world.owner.pool.query(
        `SELECT 1 FROM idempotency_keys WHERE key = 'slow' AND status IS NULL`,
      );
      return rows.length > 0;
    };
    await eventually(held);
    const second = await send({ clientReference }, csvOf(rowsOf(1)), keyed('slow'));
    expect(second).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress' } });
    socket.destroy();
    // What broke off counts for nothing.
    await eventually(async () => !(await held()));
    expect((await send({ clientReference }, csvOf(rowsOf(1)), keyed('slow'))).status).toBe(201);
  });

  /** As if who worked on it had died, so that its hold is over. */
  const died = (key: string) =>
    world.owner.pool.query(
      `UPDATE idempotency_keys SET status = NULL, answer = NULL, request_hash = NULL,
        held_until = clock_timestamp() - interval '1 second' WHERE key = $1`,
      [key],
    );

  it('goes on where who worked on it died before the answer was kept, with the same bytes alone', async () => {
    const query = { clientReference: name() };
    const file = csvOf(rowsOf(2_001));
    const first = await send(query, file, keyed('died-late'));
    await died('died-late');
    const other = await send(query, csvOf(rowsOf(2_001)), keyed('died-late'));
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    await died('died-late');
    const again = await send(query, file, keyed('died-late'));
    const { batchId, contentHash } = first.body;
    expect(again).toMatchObject({ status: 201, body: { batchId, contentHash, lines: 2_001 } });
    expect(await world.actions(String(batchId))).toHaveLength(1);
  });

  it('goes on with the pages that came where who worked on it died in the middle', async () => {
    const clientReference = name();
    const file = csvOf(rowsOf(2_001));
    const { socket } = await begin(
      world,
      us(),
      clientReference,
      file.slice(0, 30_000),
      'Idempotency-Key: died\r\n',
      file.length,
    );
    const pages = async () => {
      const { rows } = await world.owner.pool.query<{ page: number; taken: Date }>(
        `SELECT p.page, p.taken_at AS taken FROM pages p JOIN submissions s ON s.no = p.submission_no
          JOIN batches b ON b.id = s.batch_id WHERE b.client_reference = $1 ORDER BY p.page`,
        [clientReference],
      );
      return rows;
    };
    await eventually(async () => (await pages()).length === 1);
    const [begun] = await pages();
    // The other process of the API does not know that this one is still there.
    await died('died');
    const again = await send({ clientReference }, file, keyed('died'));
    expect(again).toMatchObject({ status: 201, body: { verdict: 'accepted', lines: 2_001 } });
    expect(await pages()).toEqual(
      [begun, { page: 1 }, { page: 2 }].map((page) => expect.objectContaining(page)),
    );
    socket.destroy();
    expect((await send({ clientReference }, file, keyed('died'))).body).toEqual(again.body);
  });
});

describe('a file that does not come', () => {
  it('breaks off, and leaves a batch that receives until it is abandoned', async () => {
    const clientReference = name();
    const file = csvOf(rowsOf(2_000));
    const { socket } = await begin(world, us(), clientReference, file, '', 1_000_000);
    await eventually(async () => (await stateOf(clientReference)) === 'receiving');
    socket.destroy();
    await once(socket, 'close');
    const { rows } = await world.owner.pool.query<{ declared: number }>(
      `SELECT count(s.declared_pages)::int AS declared FROM submissions s JOIN batches b ON b.id = s.batch_id
        WHERE b.client_reference = $1`,
      [clientReference],
    );
    expect(rows).toEqual([{ declared: 0 }]);
    expect(await stateOf(clientReference)).toBe('receiving');
    expect((await send({ clientReference }, csvOf(rowsOf(5)))).status).toBe(201);
  });

  it('is given up where it comes too slowly, and nothing is made of it', async () => {
    const caller = await tight.newcomer('submitter');
    const { socket, heard } = await begin(tight, caller, 'slow', HEADER);
    await once(socket, 'close');
    expect(heard()).toContain('HTTP/1.1 408');
    expect(heard()).toContain('too_slow');
  });

  it('is not the only body that must come: another one is cut off as well', async () => {
    const { hostname, port } = new URL(tight.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const { key } = await tight.newcomer('operator');
    socket
      .resume()
      .write(
        `POST /v1/batches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{`,
      );
    await once(socket, 'close');
    expect(socket.destroyed).toBe(true);
  });

  it('is refused where it is too large, told or not', async () => {
    const caller = await tight.newcomer('submitter');
    const large = csvOf(rowsOf(1_000));
    const told = await sendFile(tight, caller, { clientReference: 'large' }, large);
    expect(told).toMatchObject({ status: 413, body: { code: 'too_large' } });
    const untold = await sendFile(tight, caller, { clientReference: 'large' }, [large]);
    expect(untold).toMatchObject({ status: 413, body: { code: 'too_large' } });
    const small = await sendFile(tight, caller, { clientReference: 'large' }, csvOf(rowsOf(9)));
    expect(small.status).toBe(201);
  });
});

describe('a large file', () => {
  it('of 100,000 rows is taken in without being held in memory', { timeout: 120_000 }, async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void; // safe because the flag makes it a function
    const used = () => {
      collect();
      return process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    };
    const before = used();
    let most = 0;
    function* pieces() {
      yield 'phone,amount,currency,reference,note\n';
      for (let piece = 0; piece < 1_000; piece += 1) {
        if (piece % 50 === 49) most = Math.max(most, used() - before);
        const rows = rowsOf(100).map((row) => `${row.phone},100,KES,,${'x'.repeat(200)}\n`);
        yield rows.join('');
      }
    }
    const done = await send({ clientReference: name(), onRejections: 'refuse' }, pieces());
    expect(done).toMatchObject({ status: 201, body: { rows: 100_000, lines: 100_000 } });
    // Of a file of 23 MB; both ends of it are in this process.
    expect(most).toBeLessThan(12 * 1_048_576);
  });
});
