import { describe, expect, it } from 'vitest';
import { currency, PAGE_ROWS, ROW_LIMITS } from '@salio/domain';
import { rowsOf, type PageMessage } from '@salio/queue';
import {
  EmptyBatch,
  RowsFailed,
  SubmissionInvalid,
  type GivenRow,
  type Rows,
} from '../src/index.ts';
import type { Counterpart } from './counterpart.ts';
import { givenRow, givenRows, openScene } from './scene.ts';

describe('submitting a batch', () => {
  it('hands over full pages and a shorter last one, and waits for the verdict', async () => {
    await using scene = openScene();
    const { producer, ledger } = scene;
    const rows = givenRows(2 * PAGE_ROWS + 5);
    const submission = await producer.submitBatch({ clientReference: 'jan', rows });
    expect(submission).toMatchObject({ rows: 2 * PAGE_ROWS + 5, pages: 3 });
    expect(pagesOf(ledger).map((page) => page.rows.length)).toEqual([PAGE_ROWS, PAGE_ROWS, 5]);

    const verdict = await producer.waitForVerdict(submission);
    expect(verdict).toMatchObject({
      verdict: 'accepted',
      state: 'checked',
      rows: 2 * PAGE_ROWS + 5,
      contentHash: submission.contentHash,
      sums: [{ currency: 'KES', units: BigInt(2 * PAGE_ROWS + 5) * 105_000n }],
    });
    expect(verdict.sums).toEqual(submission.sums);
  });

  it('gives phones without plus as numbers of the country, and refuses one where nobody can be paid', async () => {
    await using scene = openScene();
    const rows = [{ phone: '0712000001', amount: '100', currency: 'KES' }];
    await scene.producer.submitBatch({ clientReference: 'home', rows, country: 'KE' });
    expect(pagesOf(scene.ledger).flatMap(rowsOf)).toMatchObject([{ phone: '+254712000001' }]);
    const nowhere = scene.producer.submitBatch({ clientReference: 'no', rows, country: 'XX' });
    await expect(nowhere).rejects.toThrow(SubmissionInvalid);
  });

  it('sends no empty page after rows that fill the last one', async () => {
    await using scene = openScene();
    const rows = givenRows(2 * PAGE_ROWS);
    const submission = await scene.producer.submitBatch({ clientReference: 'full', rows });
    expect(submission.pages).toBe(2);
    expect(pagesOf(scene.ledger)).toHaveLength(2);
  });

  it('gives the same rows the same content hash, whatever they come from', async () => {
    await using scene = openScene();
    const count = PAGE_ROWS + 1;
    const kinds: (() => Rows)[] = [
      () => [...givenRows(count)],
      () => givenRows(count),
      () => new Set(givenRows(count)),
      () => slowly(givenRows(count)),
      () => [...givenRows(count)].map((row) => ({ ...row, note: '', fault: undefined })),
    ];
    const hashes = new Set<string>();
    const verdicts: string[] = [];
    for (const rows of kinds) {
      const submission = await scene.producer.submitBatch({
        clientReference: 'kind',
        rows: rows(),
      });
      hashes.add(submission.contentHash);
      verdicts.push((await scene.producer.waitForVerdict(submission)).verdict);
    }
    expect(hashes.size).toBe(1);
    expect(verdicts).toEqual(['accepted', 'same', 'same', 'same', 'same']);
  });

  it('has another content hash under other terms', async () => {
    await using scene = openScene();
    const submit = (onRejections: 'hold' | 'proceed') =>
      scene.producer.submitBatch({
        clientReference: onRejections,
        rows: givenRows(1),
        onRejections,
      });
    expect((await submit('hold')).contentHash).not.toBe((await submit('proceed')).contentHash);
  });

  it('cuts a row of ten megabytes, and it still counts as a row', async () => {
    await using scene = openScene();
    const monster = {
      ...givenRow(1),
      note: 'x'.repeat(10_000_000),
      reference: '\u{1f4b8}'.repeat(100),
    };
    const rows = [givenRow(2), monster, { ...givenRow(3), note: 'half \ud800 a character' }];
    const submission = await scene.producer.submitBatch({ clientReference: 'cut', rows });
    expect(submission.rows).toBe(3);
    expect(submission.sums).toEqual([{ currency: currency('KES'), units: 105_000n }]);
    const [fine, cut, mended] = pagesOf(scene.ledger).flatMap(rowsOf);
    expect(fine).not.toHaveProperty('fault');
    expect(cut).toMatchObject({ fault: 'row_too_long', note: 'x'.repeat(ROW_LIMITS.note) });
    expect(cut?.reference).toHaveLength(ROW_LIMITS.reference);
    expect(mended).toMatchObject({ fault: 'row_malformed', note: 'half \ufffd a character' });
    expect((await scene.producer.waitForVerdict(submission)).verdict).toBe('accepted');
  });

  it('tells how far it is', async () => {
    await using scene = openScene();
    const told: number[] = [];
    await scene.producer.submitBatch({
      clientReference: 'progress',
      rows: givenRows(3 * PAGE_ROWS),
      onProgress: ({ pagesAcknowledged }) => told.push(pagesAcknowledged),
    });
    expect(told).toEqual(told.toSorted((a, b) => a - b));
    expect(told.at(-1)).toBe(3);
  });

  it('makes the same batch of rows that come one by one and of rows that come several at once', async () => {
    await using scene = openScene();
    const rows = [...givenRows(2 * PAGE_ROWS + 5)];
    const ways: Rows[] = [
      rows,
      slowly(rows),
      slowly([rows.slice(0, 1_500), [], ...rows.slice(1_500)]),
    ];
    const contents: unknown[][] = [];
    for (const [way, given] of ways.entries()) {
      const submission = await scene.producer.submitBatch({
        clientReference: `${way}`,
        rows: given,
      });
      contents.push([submission.contentHash, submission.pages, submission.rows]);
    }
    expect(contents).toEqual(contents.map(() => contents[0]));
    expect(contents[0]?.slice(1)).toEqual([3, rows.length]);
  });

  it('lets the ledger refuse what is not what was expected', async () => {
    await using scene = openScene();
    const submission = await scene.producer.submitBatch({
      clientReference: 'expected',
      rows: givenRows(2),
      expect: { rows: 3, sums: [{ currency: currency('KES'), units: 315_000n }] },
    });
    await expect(scene.producer.waitForVerdict(submission)).rejects.toMatchObject({
      code: 'batch_refused',
      mismatches: ['rows', 'control_sums'],
    });
  });
});

describe('rows that can not be submitted', () => {
  it('are none at all', async () => {
    await using scene = openScene();
    const submitted = scene.producer.submitBatch({ clientReference: 'none', rows: [] });
    await expect(submitted).rejects.toBeInstanceOf(EmptyBatch);
    expect(scene.ledger.deliveries).toEqual([]);
  });

  it('end with an error: what came before is never closed', async () => {
    await using scene = openScene();
    const cause = new Error('disk gone');
    let closed = false;
    function* breaking(): Generator<GivenRow> {
      try {
        yield* givenRows(PAGE_ROWS + 10);
        throw cause;
      } finally {
        closed = true;
      }
    }
    const submitted = scene.producer.submitBatch({ clientReference: 'broken', rows: breaking() });
    await expect(submitted).rejects.toMatchObject({ code: 'rows_failed', cause });
    expect(closed).toBe(true);
    expect(scene.ledger.deliveries.map(({ message }) => message.kind)).not.toContain('closing');
  });

  it('have an amount that is a number: it is not guessed what was meant', async () => {
    await using scene = openScene();
    // safe because it is what the test is about
    const rows = [{ ...givenRow(1), amount: 10.5 }] as unknown as GivenRow[];
    const submitted = scene.producer.submitBatch({ clientReference: 'number', rows });
    await expect(submitted).rejects.toBeInstanceOf(RowsFailed);
    await expect(submitted).rejects.toMatchObject({ cause: new TypeError('amount is not text') });
  });

  it.each([
    ['no client reference', { clientReference: '' }],
    ['a client reference with a line end', { clientReference: 'a\nb' }],
    ['an expectation of no rows', { expect: { rows: 0 } }],
    ['a sum below zero', { expect: { sums: [{ currency: currency('KES'), units: -1n }] } }],
  ])('come with %s', async (_what, wrong) => {
    await using scene = openScene();
    const submitted = scene.producer.submitBatch({
      clientReference: 'fine',
      rows: givenRows(1),
      ...wrong,
    });
    await expect(submitted).rejects.toBeInstanceOf(SubmissionInvalid);
  });

  it('are given up on the signal, and then closed', async () => {
    await using scene = openScene();
    const reason = new Error('changed my mind');
    const abort = new AbortController();
    let closed = false;
    async function* endless(): AsyncGenerator<GivenRow> {
      try {
        for (;;) yield givenRow(1);
      } finally {
        closed = true;
      }
    }
    scene.ledger.script = async (delivery) => {
      await scene.ledger.answer(delivery);
      if (scene.ledger.deliveries.length === 20) abort.abort(reason);
    };
    const submitted = scene.producer.submitBatch({
      clientReference: 'endless',
      rows: endless(),
      signal: abort.signal,
    });
    await expect(submitted).rejects.toBe(reason);
    expect(closed).toBe(true);
  });
});

async function* slowly<Given>(rows: Iterable<Given>): AsyncGenerator<Given> {
  for (const row of rows) {
    await Promise.resolve();
    yield row;
  }
}

function pagesOf(ledger: Counterpart): PageMessage[] {
  return ledger.deliveries.flatMap(({ message }) => (message.kind === 'page' ? [message] : []));
}
