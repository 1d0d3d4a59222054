import type { Log } from '@salio/runtime';
import type { Recorder } from '../send/recorder.ts';
import { writeJournal } from './write-journal.ts';

/**
 * At a forced exit: keeps the answers that the ledger doesn't have yet, for the next start. Without a folder, or where the
 * disk refuses, they are lost, and their lines become unresolved; so do the lines of calls that are still in flight.
 */
export function saveAnswers(deps: {
  readonly folder: string | undefined;
  readonly recorder: Recorder;
  readonly log: Log;
}): void {
  const { folder, recorder, log } = deps;
  const answers = recorder.held();
  if (answers.length === 0) return;
  if (folder === undefined) {
    log.error({ answers: answers.length }, 'answers.lost');
    return;
  }
  const path = writeJournal(folder, answers);
  log.warn({ answers: answers.length, path }, 'answers.journaled');
}
