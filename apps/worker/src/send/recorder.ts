import {
  isRefusedData,
  recordAnswers,
  type Ledger,
  type Recorded,
  type RecordedAnswer,
  type RecordTerms,
} from '@salio/ledger';
import type { Log } from '@salio/runtime';
import pRetry from 'p-retry';

/** Records answers for all chunks of a worker, many in one commit, and doesn't give up. */
export interface Recorder {
  /** Resolves when the answer is committed. Never rejects: an answer is true, so it is brought until it is taken. */
  record(answer: RecordedAnswer): Promise<{ readonly stopped: string | undefined }>;
  /** The answers that are not known to be committed. */
  held(): readonly RecordedAnswer[];
}

export interface RecorderOptions {
  readonly ledger: Pick<Ledger, 'pool'> & Ledger;
  readonly terms: RecordTerms;
  readonly log: Log;
}

/** Answers in one commit: a few hundred rows take milliseconds. */
const RECORD_AT_ONCE = 200;
/** Answers that come within this time share a commit; far below any provider's latency. Milliseconds. */
const LINGER_MS = 5;
const RETRY = { minTimeout: 50, maxTimeout: 2_000, factor: 2, randomize: true } as const;
/** A set that the database refuses as such is cut after so many tries; what can heal has healed by then. */
const TRIES_BEFORE_CUT = 3;

interface Waiting {
  readonly answer: RecordedAnswer;
  readonly done: (end: { stopped: string | undefined }) => void;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const waiting: Waiting[] = [];
  const held = new Set<RecordedAnswer>();
  let running = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const set = waiting.splice(0, RECORD_AT_ONCE);
      const stopped = await recordSet(
        options,
        set.map(({ answer }) => answer),
      );
      for (const { answer, done } of set) {
        held.delete(answer);
        done({ stopped });
      }
    }
    running = false;
  }

  return {
    record: (answer) =>
      new Promise((done) => {
        held.add(answer);
        waiting.push({ answer, done });
        if (running) return;
        running = true;
        setTimeout(() => void drain(), LINGER_MS);
      }),
    held: () => [...held],
  };
}

async function recordSet(
  options: RecorderOptions,
  answers: readonly RecordedAnswer[],
): Promise<string | undefined> {
  const { ledger, terms, log } = options;
  let recorded: Recorded | undefined;
  try {
    recorded = await pRetry(() => recordAnswers(ledger, answers, terms), {
      ...RETRY,
      retries: Number.POSITIVE_INFINITY,
      onFailedAttempt: ({ error, attemptNumber }) =>
        log.warn(
          { err: error, answers: answers.length, try: attemptNumber },
          'answers.not_recorded',
        ),
      // The database's troubles pass, so it is asked for ever. Only data that it can't hold is cut out.
      shouldRetry: ({ error, attemptNumber }) =>
        !isRefusedData(error) || attemptNumber < TRIES_BEFORE_CUT,
    });
  } catch (error) {
    return recordPieces(options, answers, error);
  }
  if (recorded.stopped) log.error({ reason: recorded.stopped }, 'account.stopped');
  log.debug({ answers: recorded.answers, ...recorded.lines }, 'answers.recorded');
  return recorded.stopped;
}

/** One answer that can't be stored must not keep the others from it: halves, and at the end it is recorded as lost. */
async function recordPieces(
  options: RecorderOptions,
  answers: readonly RecordedAnswer[],
  error: unknown,
): Promise<string | undefined> {
  const [first] = answers;
  if (answers.length === 1 && first) {
    options.log.error({ err: error, attemptId: first.attempt.attemptId }, 'answer.unrecordable');
    return recordSet(options, [asLost(first)]);
  }
  const half = Math.ceil(answers.length / 2);
  const one = await recordSet(options, answers.slice(0, half));
  const two = await recordSet(options, answers.slice(half));
  return one ?? two;
}

function asLost(answer: RecordedAnswer): RecordedAnswer {
  const reason = 'unrecordable';
  const ending = { ending: { kind: 'unknown', reason }, status: '', errorText: '' } as const;
  return {
    ...answer,
    answer: { kind: 'lost', reason },
    reading: { lines: answer.attempt.lines.map(() => ending), oddities: [] },
  };
}
