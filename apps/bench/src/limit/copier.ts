import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { from } from 'pg-copy-streams';
import type { Answer } from '../program/answer.ts';

/** Copies answers into the table `results`, COPY after COPY, each of what came during the one before. */
export interface Copier {
  /** Resolves at once, or where the database is slower when there is room again. */
  add(answers: readonly Answer[]): Promise<void> | undefined;
  /** Resolves when all is committed. */
  end(): Promise<void>;
}

/** Rows of a COPY, which is one commit, at least: a few hundred flushes of the disk for a million lines. */
const ROWS_A_COPY = 4_000;
/** Answers that wait at most, so that memory stays flat: as many as are copied in well under a second. */
const MOST_WAITING = 5 * ROWS_A_COPY;

export function startCopier(database: Client): Copier {
  let text = '';
  let waiting = 0;
  let running: Promise<void> | undefined;

  const copyAll = async (least: number) => {
    while (waiting >= least) {
      const rows = text;
      text = '';
      waiting = 0;
      const copy = database.query(from('COPY results FROM STDIN'));
      copy.end(rows);
      await finished(copy);
    }
    running = undefined;
  };

  return {
    add(answers) {
      for (const { line, status, discount, requestId, amount } of answers) {
        // Texts of the provider's grammar have nothing that COPY would need escaped.
        text += `${line}\t${status}\t${discount}\t${requestId}\t${amount}\n`;
      }
      waiting += answers.length;
      if (waiting >= ROWS_A_COPY) running ??= copyAll(ROWS_A_COPY);
      return waiting > MOST_WAITING ? running : undefined;
    },
    async end() {
      await running;
      await copyAll(1);
    },
  };
}
