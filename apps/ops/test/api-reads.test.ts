import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, type Caller, type NewBatch } from './support/api-world.ts';
import { sentBatch } from './support/sent-batch.ts';

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

let auditor: Caller;
let submitter: Caller;
let batch: NewBatch;
beforeAll(async () => {
  auditor = await world.newcomer('auditor');
  submitter = await world.newcomer('submitter');
  batch = await sentBatch(world, ['sent', 'refused', 'lost']);
});

interface Line {
  readonly seq: number;
  readonly msisdn: string;
  readonly requestId: string | null;
  readonly state: string;
}

async function find(query: string, caller = auditor) {
  const { status, body } = await caller.get(`lines?${query}`);
  expect(status).toBe(200);
  // safe because the answer's schema says so
  return body as unknown as { readonly lines: readonly Line[]; readonly next?: string };
}

describe('lines', () => {
  it('are found by phone, request id, batch and state, with their phones masked', async () => {
    const all = await find(`batch=${batch.batchId}&phones=true`);
    expect(all.lines.map(({ state }) => state)).toEqual(['unresolved', 'failed', 'sent']);
    const sent = all.lines.find(({ state }) => state === 'sent');
    const phone = encodeURIComponent(sent?.msisdn ?? '');
    const byPhone = await find(`phone=${phone}`);
    expect(byPhone.lines).toEqual([expect.objectContaining({ seq: 1, state: 'sent' })]);
    expect(byPhone.lines[0]?.msisdn).not.toBe(sent?.msisdn);
    const byId = await find(`requestId=${sent?.requestId ?? ''}`);
    expect(byId.lines).toEqual([expect.objectContaining({ seq: 1 })]);
    const failed = await find(`batch=${batch.clientReference}&state=failed,unresolved`);
    expect(failed.lines.map(({ seq }) => seq)).toEqual([3, 2]);
    expect(
      (await find('state=unresolved&amountFrom=KES 1&limit=5&batch=' + batch.batchId)).lines,
    ).toHaveLength(1);
  });

  it('come in pages that meet each of them once', async () => {
    const { batchId } = await sentBatch(
      world,
      Array.from({ length: 7 }, () => 'lost' as const),
    );
    const seen: number[] = [];
    let before = '';
    for (;;) {
      const page = await find(`batch=${batchId}&limit=3${before}`);
      seen.push(...page.lines.map(({ seq }) => seq));
      if (page.next === undefined) break;
      before = `&before=${encodeURIComponent(page.next)}`;
    }
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it('of a batch come by number', async () => {
    const first = await auditor.get(`batches/${batch.batchId}/lines?limit=2`);
    expect(first.body).toMatchObject({ lines: [{ seq: 1 }, { seq: 2 }], next: 2 });
    const second = await auditor.get(`batches/${batch.batchId}/lines?limit=2&after=2`);
    expect(second.body['lines']).toEqual([expect.objectContaining({ seq: 3 })]);
    expect(second.body['next']).toBeUndefined();
  });

  it('of others are nothing to a submitter', async () => {
    expect((await find(`state=unresolved`, submitter)).lines).toEqual([]);
    expect((await submitter.get(`lines?batch=${batch.batchId}`)).status).toBe(404);
    expect((await submitter.get(`batches/${batch.batchId}/lines`)).status).toBe(404);
    expect((await submitter.get(`batches/${batch.batchId}/lines/1`)).status).toBe(404);
  });

  it.each([
    ['nothing that leads to them', 'limit=5'],
    ['a state that would read all', 'state=sent'],
    ['a phone that is none', 'phone=hello'],
    ['a page that is too large', 'state=failed&limit=1001'],
    ['a state that there is not', 'state=happy'],
    ['amounts of two currencies', `phone=%2B254711000001&amountFrom=KES 1&amountTo=UGX 5`],
    ['a field that there is not', 'state=failed&surprise=1'],
    ['a position that is none', 'state=failed&before=x'],
  ])('are refused with %s', async (_name, query) => {
    const refused = await auditor.get(`lines?${query}`);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(refused.body['errors']).not.toEqual([]);
  });
});

describe('the story of a line', () => {
  it('is everything in order, for programs and for people', async () => {
    const { status, body } = await auditor.get(`batches/${batch.batchId}/lines/1`);
    expect(status).toBe(200);
    // safe because the answer's schema says so
    const events = body['events'] as { readonly kind: string; readonly at: string }[];
    const kinds = events.map(({ kind }) => kind);
    expect(
      kinds.filter((kind) => ['page', 'release', 'attempt', 'send', 'answer'].includes(kind)),
    ).toEqual(['page', 'release', 'attempt', 'send', 'answer']);
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted());
    expect(body['text']).toHaveLength(new Set(body['text'] as string[]).size);
    const { msisdn } = (await find(`batch=${batch.batchId}&phones=true`)).lines.at(-1) ?? {};
    expect(JSON.stringify(body)).not.toContain(String(msisdn).slice(1));
    expect((await auditor.get(`batches/${batch.batchId}/lines/99`)).status).toBe(404);
    expect((await auditor.get(`batches/${batch.batchId}/lines/x`)).status).toBe(400);
  });
});

describe('batches', () => {
  it('are listed by state, reference and time, the newest first, each once', async () => {
    const mine = await auditor.get(`batches?reference=${batch.clientReference}`);
    expect(mine.body['batches']).toEqual([
      expect.objectContaining({
        batchId: batch.batchId,
        state: 'completed',
        states: { sent: 1, failed: 1, unresolved: 1 },
      }),
    ]);
    expect((await auditor.get('batches?state=cancelled')).body['batches']).toEqual([]);
    expect((await auditor.get('batches?to=2020-01-01T00:00:00Z')).body['batches']).toEqual([]);
    const first = await auditor.get('batches?limit=1');
    const second = await auditor.get(`batches?limit=1&before=${String(first.body['next'])}`);
    expect(second.body['batches']).not.toEqual(first.body['batches']);
    expect((await submitter.get('batches')).body['batches']).toEqual([]);
  });

  it('have a report, and rejections by row', async () => {
    const { body } = await auditor.get(`batches/${batch.batchId}/report`);
    expect(body).toMatchObject({
      state: 'completed',
      lines: 3,
      amount: ['KES 100.0000'],
      discount: ['KES 4.0000'],
      cost: ['KES 96.0000'],
    });
    const rejections = await auditor.get(`batches/${batch.batchId}/rejections`);
    expect(rejections).toMatchObject({ status: 200, body: { rejections: [] } });
  });
});

describe('actions', () => {
  it('say who did what, the newest first, filtered', async () => {
    const { body } = await auditor.get(`actions?batch=${batch.batchId}&verb=batch.`);
    expect(body['actions']).toEqual([
      expect.objectContaining({
        operator: 'x',
        verb: 'batch.release',
        detail: expect.objectContaining({ access: { via: 'database' } }),
      }),
    ]);
    const none = await auditor.get(`actions?batch=${batch.batchId}&operator=nobody`);
    expect(none.body['actions']).toEqual([]);
    expect((await submitter.get('actions')).status).toBe(403);
  });
});

describe('the document', () => {
  it('is served to everybody who reaches the port, with a page to read it', async () => {
    const document = await fetch(`${world.url}/openapi.json`);
    expect(await document.json()).toMatchObject({ openapi: '3.1.1' });
    const page = await fetch(`${world.url}/reference/`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const text = await page.text();
    const shown = await fetch(`${world.url}/reference/openapi.json`);
    expect(await shown.text()).toContain('/v1/batches/{batch}/release');
    expect((await fetch(`${world.url}/reference/js/scalar.js`)).status).toBe(200);
    expect([...text.matchAll(/(?:src|href)="(https?:[^"]+)"/g)].map(([, url]) => url)).toEqual([]);
  });
});
