import { finish, readJob, type Job } from '../job.ts';
import type { Answer } from './answer.ts';
import { readRows, type Row } from './read-rows.ts';
import { openResults } from './results.ts';
import { openSender } from './sender.ts';
import { tallyOf } from './tally.ts';

/** What a peer has its queue do. Without faults nothing needs a second try, so that what fails ends the program. */
export interface Work {
  readonly job: Job;
  readonly send: (rows: readonly Row[]) => Promise<Answer[]>;
  /** Resolves when the answers are committed. */
  readonly record: (answers: readonly Answer[]) => Promise<void>;
  /** One after the other. */
  readonly pay: (rows: readonly Row[]) => Promise<void>;
}

/** A queue that is connected and migrated, and whose workers wait. */
export interface Queue {
  /** Resolves when these rows are queued. */
  add(rows: readonly Row[]): Promise<unknown>;
  close(): Promise<unknown>;
}

/** Rows that are queued in one bulk call: little memory, whatever the length of the file. */
const ROWS_A_CALL = 1_000;

/** Runs a peer's job, from opening the file to the last recorded row, on the queue that `open` gives. */
export async function runPeer(open: (work: Work) => Promise<Queue>): Promise<void> {
  const job = readJob();
  const sender = openSender(job);
  const results = await openResults(job.databaseUrl);
  const tally = tallyOf(job.lines);

  const orFail = async <Result>(step: Promise<Result>): Promise<Result> => {
    step.catch(tally.fail);
    return step;
  };
  const send = (rows: readonly Row[]) => orFail(sender.send(rows));
  const record = async (answers: readonly Answer[]) => {
    await orFail(results.record(answers));
    tally.add(answers.length);
  };
  const pay = async (rows: readonly Row[]) => record(await send(rows));

  const queue = await open({ job, send, record, pay });
  const startedAt = performance.now();
  const enqueue = async () => {
    for await (const rows of readRows(job.file, ROWS_A_CALL)) await queue.add(rows);
  };
  const [completedAt] = await Promise.all([tally.complete, enqueue()]);
  await queue.close();
  finish({ lines: await results.count(), seconds: (completedAt - startedAt) / 1000 });
  await Promise.all([sender.close(), results.close()]);
}
