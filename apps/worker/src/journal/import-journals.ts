import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@salio/airtime';
import type { KnownTexts } from '@salio/domain';
import { readTrust, type Ledger, type RecordedAnswer } from '@salio/ledger';
import type { Log } from '@salio/runtime';
import type { Recorder } from '../send/recorder.ts';
import { readLine } from './journal-line.ts';
import { JOURNAL_SUFFIX, WRITING_SUFFIX } from './write-journal.ts';

/** A journal that is older, ms, is not being written any more: that takes milliseconds. */
const WRITING_MAX_MS = 10_000;

export interface ImportDeps {
  readonly folder: string;
  readonly ledger: Ledger;
  readonly recorder: Recorder;
  readonly texts: KnownTexts;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Records the answers that forced exits left in the folder, and returns how many there were. Several workers may do it at
 * once: an answer is recorded once, and a file goes only when all of it was recorded. A file with lines that can't be read
 * is kept aside, and so is every file where the database is not trusted: it may have forgotten the sends that they answer.
 */
export async function importJournals(deps: ImportDeps): Promise<number> {
  let answers = 0;
  for (const name of await findJournals(deps)) {
    answers += await importJournal(deps, join(deps.folder, name));
  }
  return answers;
}

async function findJournals({ folder, clock }: ImportDeps): Promise<string[]> {
  const names = await unlessGone(readdir(folder), []);
  const found: string[] = [];
  for (const name of names) {
    if (name.endsWith(JOURNAL_SUFFIX)) found.push(name);
    if (!name.endsWith(`${JOURNAL_SUFFIX}${WRITING_SUFFIX}`)) continue;
    const file = await unlessGone(stat(join(folder, name)), undefined);
    if (file && clock.now() - file.mtimeMs > WRITING_MAX_MS) found.push(name);
  }
  return found;
}

async function importJournal(deps: ImportDeps, path: string): Promise<number> {
  const { ledger, recorder, log } = deps;
  const text = await unlessGone(readFile(path, 'utf8'), undefined);
  if (text === undefined) return 0; // another worker was quicker
  const { answers, unreadable } = readText(text, deps.texts);
  await Promise.all(answers.map((answer) => recorder.record(answer)));
  const { kind } = await readTrust(ledger);
  if (unreadable > 0) await keepAside(path, 'unreadable');
  else if (kind !== 'trusted') await keepAside(path, 'untrusted');
  else await rm(path, { force: true });
  const level = unreadable > 0 ? 'error' : 'info';
  log[level]({ path, answers: answers.length, unreadable, database: kind }, 'journal.imported');
  return answers.length;
}

function readText(
  text: string,
  texts: KnownTexts,
): { answers: RecordedAnswer[]; unreadable: number } {
  const lines = text.split('\n').filter((line) => line !== '');
  const answers = lines.flatMap((line) => readLine(line, texts) ?? []);
  return { answers, unreadable: lines.length - answers.length };
}

/** Under a name that no start looks at. */
async function keepAside(path: string, why: string): Promise<void> {
  await unlessGone(rename(path, `${path}.${why}`), undefined);
}

/** What another worker takes away meanwhile is not there, which is no error. */
async function unlessGone<Found, Gone>(looking: Promise<Found>, gone: Gone): Promise<Found | Gone> {
  try {
    return await looking;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return gone;
    throw error;
  }
}
