import { maskPhones, PAGE_ROWS, type BatchId } from '@salio/domain';
import type { QueryResultRow } from 'pg';
import { inTransaction, type Ledger } from '../connection.ts';
import { run } from '../sql.ts';
import { OF_LINE, SCOPE } from './story-facts.ts';

/**
 * - `page`: the page of the submission that has the line was taken in. `submission`: all of it was checked, and is the batch.
 * - `release`, `pause`, `resume`, `cancel`: of its batch. `stop`, `start`: of the system or of an account that it was sent by,
 *   between the release and the line's end, as far as STOPS_LOOKED reaches.
 * - `attempt`: opened, under a key. `send`: a transmission of it, recorded before its first byte. `answer`: how it ended.
 * - `validation`: the provider asked whether it may pay, and what it was told. `permit`: the one yes of an attempt.
 * - `notification`, `enquiry`: what the provider told of a request id by itself, or when asked.
 * - `adoption`: an unknown request id was found to be the line's. `resolution`: what moved it otherwise than a first answer.
 * - `proposal`, `confirmation`: of a decision of two people. `retry`: an operator asked for one; it takes what may be retried.
 * - `discrepancy`: what a person should know of. `emptied`: phone, note and raw bodies were deleted.
 */
export type StoryKind =
  | 'page'
  | 'submission'
  | 'release'
  | 'start'
  | 'resume'
  | 'attempt'
  | 'send'
  | 'answer'
  | 'validation'
  | 'permit'
  | 'notification'
  | 'enquiry'
  | 'adoption'
  | 'resolution'
  | 'proposal'
  | 'confirmation'
  | 'retry'
  | 'stop'
  | 'pause'
  | 'cancel'
  | 'discrepancy'
  | 'emptied';

/** Something that was recorded of a line. */
export interface StoryEvent {
  readonly at: Date;
  readonly kind: StoryKind;
  /**
   * By name, only what there is. Amounts in whole units with four decimals; long numbers are texts. `body` is what came over the
   * wire, where it is kept; where it has more than BODY_TEXT_MAX characters it is cut, and `bodyLength` says how many it has.
   */
  readonly detail: Readonly<Record<string, string | number>>;
}

export interface StoryOptions {
  /** Shows phones in texts whole; otherwise whatever looks like one is masked. */
  readonly phones?: true;
}

/** Everything that was recorded of one line, oldest first. Empty where there is no such line. */
export async function readStory(
  ledger: Ledger,
  batchId: BatchId,
  seq: number,
  { phones }: StoryOptions = {},
): Promise<StoryEvent[]> {
  const page = Math.floor((seq - 1) / PAGE_ROWS);
  const story = await inTransaction(
    ledger,
    (client) => run<StoryEvent & QueryResultRow>(client, READ_STORY, [batchId, seq, page]),
    'byKey',
  );
  return phones ? story : story.map(mask);
}

/** Words of others, in which phones may stand. Keys and numbers are left alone: some look like phones. */
const TEXTS = ['text', 'reason', 'detail', 'body'];

function mask({ at, kind, detail }: StoryEvent): StoryEvent {
  const shown = Object.entries(detail).map(([name, value]) => {
    return [name, TEXTS.includes(name) && typeof value === 'string' ? maskPhones(value) : value];
  });
  return { at, kind, detail: Object.fromEntries(shown) };
}

/** Facts of one commit have one moment: then they are told in the order of OF_LINE. */
const READ_STORY = {
  name: 'read-story',
  text: `WITH ${SCOPE}
    SELECT at, kind, detail FROM (${Object.entries(OF_LINE)
      .map(
        ([kind, text], rank) =>
          `SELECT ${rank} AS rank, '${kind}' AS kind, f.at, json_strip_nulls(f.detail) AS detail FROM (${text}) AS f(at, detail)`,
      )
      .join('\n    UNION ALL\n    ')}) AS story
    ORDER BY at, rank, detail::text`,
};
