import type { Patch } from './patch.ts';

/** A named place in the product's code where a process can be made to kill or stop itself (preload.ts). */
export interface Point {
  readonly name: string;
  readonly patch: Patch;
  /** Passed only by runs of which this is true. */
  readonly only?: keyof Character;
  /** Passed seldom by runs of which this is true, perhaps never: another run must show it. */
  readonly seldom?: keyof Character;
}

/** What else a run does: replays; hears of lines by status callbacks; is asked by validation callbacks. */
export interface Character {
  readonly replaying: boolean;
  readonly status: boolean;
  readonly validation: boolean;
}

const SEND_CHUNK = 'apps/worker/src/send/send-chunk.ts';
const SEND_SLICE = 'apps/worker/src/send/send-slice.ts';
const SEALER = 'packages/ledger/src/audit/seal-facts.ts';
const LISTENER = 'apps/ops/src/callbacks/answers.ts';

/** The statement itself, with the crash before or after it. */
const before = (name: string, file: string, statement: string, when = 'true'): Point => ({
  name,
  patch: { file, find: statement, replace: `${pass(name, when)} ${statement}` },
});
const after = (name: string, file: string, statement: string): Point => ({
  name,
  patch: { file, find: statement, replace: `${statement} ${pass(name, 'true')}` },
});
const pass = (name: string, when: string) => `if (${when}) globalThis.crashAt.pass('${name}');`;

/** Where processes die, in the order of a line's life. */
export const CRASH_POINTS: readonly Point[] = [
  before('intake_before_commit', 'packages/ledger/src/intake/take-page.ts', `return end('taken');`),
  before(
    'intake_before_acknowledgement',
    'apps/worker/src/intake/take-message.ts',
    'await pushReplies(deps.redis, destination, replies, signer);',
    `message.kind === 'page'`,
  ),
  before('before_tx_1', SEND_CHUNK, 'const sendBy = deadlineIn(deps.sendWindowMs, deps.clock);'),
  // undici is about to write: the deadline was looked at, nothing can prevent the send any more.
  before('before_first_byte', 'packages/airtime/src/exchange.ts', 'this.#start(controller);'),
  {
    name: 'after_credit',
    patch: {
      file: SEND_SLICE,
      find: 'return await deps.provider.send({ idempotencyKey, body, sendBy, signal });',
      replace: `const answered = deps.provider.send({ idempotencyKey, body, sendBy, signal });
        globalThis.crashAt.passWhenCredited('after_credit', idempotencyKey, answered);
        return await answered;`,
    },
  },
  before(
    'before_tx_2',
    SEND_SLICE,
    'const reading = readAnswer(attempt.lines, answer, deps.texts);',
    `answer.kind === 'response'`,
  ),
  before('after_tx_2', SEND_SLICE, 'warn(deps, attempt, answer, reading);'),
  after(
    'before_job_completes',
    SEND_CHUNK,
    `log[end === 'fenced' ? 'warn' : 'debug']({ end }, 'chunk.ended');`,
  ),
  // The next two are inside the transaction: lines are moved, nothing is committed.
  before(
    'in_rescue',
    'packages/ledger/src/send/rescue-chunks.ts',
    'const freed = await run<{ batch_no: number; state: string }>(client, FREE_CHUNKS, names);',
  ),
  {
    ...before(
      'in_replay',
      'packages/ledger/src/send/claim-replays.ts',
      'await record(client, order, claimed);',
      'claimed.length > 0',
    ),
    only: 'replaying',
    // What was validated is not replayed, so little is left.
    seldom: 'validation',
  },
  after('in_seal', SEALER, 'await run(client, INSERT, valuesOf(block));'),
  // Recorded, and the provider does not learn it.
  {
    ...after('after_notification', LISTENER, 'await recordNotifications(ledger, account, told);'),
    only: 'status',
  },
  {
    ...after('after_permit', LISTENER, 'const verdict = await validations.add(asked);'),
    only: 'validation',
  },
];

/**
 * Where a worker stands still: its attempts are recorded, nothing was sent, and its deadline is not looked at any more
 * before its pause is over.
 */
export const STOP_POINT: Point = before(
  'before_send',
  SEND_SLICE,
  'const ends = await Promise.all(',
);

/** The crash points that a run arms. */
export function crashPointsOf(run: Character): readonly Point[] {
  return CRASH_POINTS.filter(({ only }) => only === undefined || run[only]);
}

/** Those that it must hit. */
export function certainPointsOf(run: Character): readonly Point[] {
  return crashPointsOf(run).filter(({ seldom }) => seldom === undefined || !run[seldom]);
}
