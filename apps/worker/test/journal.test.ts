import { appendFile, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@salio/airtime';
import { readAnswer } from '@salio/domain';
import { leaseChunk, openSlice, type RecordedAnswer } from '@salio/ledger';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importJournals } from '../src/journal/import-journals.ts';
import { saveAnswers } from '../src/journal/save-answers.ts';
import { writeJournal } from '../src/journal/write-journal.ts';
import type { Recorder } from '../src/send/recorder.ts';
import { openWorld, releasedBatch, type World } from './support/world.ts';

let world: World;
let folder: string;
beforeEach(async () => {
  world = await openWorld();
  folder = await mkdtemp(join(tmpdir(), 'salio-journal-'));
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Two lines were sent, and their answers never reached the ledger. */
async function unrecorded(): Promise<RecordedAnswer[]> {
  const { batchNo } = await releasedBatch(world, 2);
  const { deps } = world;
  const lease = await leaseChunk(deps.ledger, { batchNo, chunk: 0 }, deps.terms);
  if (!lease) throw new Error('the chunk is not free');
  const slice = await openSlice(deps.ledger, {
    lease,
    terms: deps.terms,
    replay: deps.replay,
    limits: { recipientsPerRequest: 1, attempts: 2 },
    ledgerId: deps.ledgerId,
    account: deps.provider.account,
    worker: deps.worker,
    sendBy: new Date(Date.now() + 30_000),
    holdMs: 1,
    encode: (lines) => deps.provider.encode(lines),
  });
  if (slice.kind !== 'opened') throw new Error(slice.kind);
  return Promise.all(
    slice.attempts.map(async (attempt) => {
      const { idempotencyKey, body } = attempt;
      const sendBy = { wallMs: 0, monotonicMs: 0 };
      const answer = await deps.provider.send({ idempotencyKey, body, sendBy });
      return { attempt, answer, reading: readAnswer(attempt.lines, answer), tookMs: 5 };
    }),
  );
}

function importAll(): Promise<number> {
  const { ledger, recorder, texts, log } = world.deps;
  return importJournals({ folder, ledger, recorder, texts, clock: systemClock, log });
}

async function countAnswers(): Promise<number> {
  const { rows } = await world.owner.pool.query('SELECT 1 FROM answers');
  return rows.length;
}

describe('a journal', () => {
  it('brings back what a forced exit left, and is gone then', async () => {
    const answers = await unrecorded();
    const path = writeJournal(join(folder, 'made'), answers);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    folder = join(folder, 'made');
    expect(await world.states()).toEqual(['sending', 'sending']);
    expect(await importAll()).toBe(2);
    expect(await world.states()).toEqual(['sent', 'sent']);
    expect(await readdir(folder)).toEqual([]);
    expect(await importAll()).toBe(0);
  });

  it('is recorded once, however many workers start on it at once', async () => {
    writeJournal(folder, await unrecorded());
    await Promise.all([importAll(), importAll(), importAll(), importAll()]);
    expect(await world.states()).toEqual(['sent', 'sent']);
    expect(await countAnswers()).toBe(2);
    expect(await readdir(folder)).toEqual([]);
  });

  it('that was recorded already changes nothing', async () => {
    const answers = await unrecorded();
    await Promise.all(answers.map((answer) => world.deps.recorder.record(answer)));
    writeJournal(folder, answers);
    expect(await importAll()).toBe(2);
    expect(await countAnswers()).toBe(2);
  });

  it('whose last line is torn is recorded up to there, and kept aside', async () => {
    const path = writeJournal(folder, await unrecorded());
    const text = await readFile(path, 'utf8');
    await appendFile(path, text.slice(0, 40));
    expect(await importAll()).toBe(2);
    expect(await world.states()).toEqual(['sent', 'sent']);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/\.ndjson\.unreadable$/)]);
    expect(await importAll()).toBe(0);
  });

  it('is not taken while it is being written, but when its writer died in the middle', async () => {
    const path = writeJournal(folder, await unrecorded());
    await rename(path, `${path}.writing`);
    expect(await importAll()).toBe(0);
    const aMinuteAgo = Date.now() / 1000 - 60;
    await utimes(`${path}.writing`, aMinuteAgo, aMinuteAgo);
    expect(await importAll()).toBe(2);
    expect(await world.states()).toEqual(['sent', 'sent']);
  });

  it('is kept as evidence where the database may have forgotten its sends', async () => {
    writeJournal(folder, await unrecorded());
    await world.owner.pool.query(
      `INSERT INTO trusts (system_identifier, timeline, operators) VALUES ('1', 1, '{}')`,
    );
    expect(await importAll()).toBe(2);
    expect(await world.states()).toEqual(['sent', 'sent']);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/\.ndjson\.untrusted$/)]);
  });

  it('needs no folder to be looked for', async () => {
    folder = join(folder, 'nowhere');
    expect(await importAll()).toBe(0);
  });
});

describe('saveAnswers', () => {
  it('writes no file where nothing is held, and none without a folder', async () => {
    const holding = (answers: readonly RecordedAnswer[]): Recorder => ({
      ...world.deps.recorder,
      held: () => answers,
    });
    const { log } = world.deps;
    saveAnswers({ folder, recorder: holding([]), log });
    saveAnswers({ folder: undefined, recorder: holding(await unrecorded()), log });
    expect(await readdir(folder)).toEqual([]);
  });

  it('writes what the recorder holds, and nothing once it is committed', async () => {
    const { recorder, log } = world.deps;
    const answers = await unrecorded();
    const recording = answers.map((answer) => recorder.record(answer));
    saveAnswers({ folder, recorder, log });
    expect(await readdir(folder)).toHaveLength(1);
    await Promise.all(recording);
    expect(recorder.held()).toEqual([]);
    expect(await importAll()).toBe(2);
    expect(await countAnswers()).toBe(2);
  });
});
