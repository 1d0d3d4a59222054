import type { Counters } from './judge.ts';
import type { Patch } from './patch.ts';
import type { Variant } from './variants.ts';

/** A rule of the product, taken out: the run must notice. */
export interface Sabotage {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Where it shows. */
  readonly variant: Variant;
  /** The counter that is no longer zero. */
  readonly shows: keyof Omit<Counters, 'unresolved' | 'unresolvedBound'>;
}

const SEND = 'packages/ledger/src/send';

/** A chunk's job is all that keeps two workers from sending the same line. */
const TRUST_JOB_ID: readonly Patch[] = [
  {
    file: `${SEND}/lease-chunk.ts`,
    find: `AND state = 'open' AND lease_token IS NULL`,
    replace: `AND state = 'open'`,
  },
  {
    file: `${SEND}/guard-claim.ts`,
    find: 'AND epoch = $3 AND lease_token = $4 AND lease_until > clock_timestamp()',
    replace: 'AND $3::int IS NOT NULL AND $4::uuid IS NOT NULL',
  },
  {
    file: `${SEND}/claim-lines.ts`,
    find: `AND l.state IN ('pending', 'queued', 'held')`,
    replace: `AND l.state IN ('pending', 'queued', 'held', 'sending')`,
  },
  {
    file: `${SEND}/record-slice.ts`,
    find: `'pending', 'held'],`,
    replace: `'pending', 'held', 'sending'],`,
  },
  // A line does not wait for a slot that is its own.
  {
    file: `${SEND}/claim-lines.ts`,
    find: 'ON CONFLICT DO NOTHING RETURNING seq',
    replace: `ON CONFLICT DO NOTHING
    ), own AS (
      SELECT c.seq FROM claimable c WHERE NOT EXISTS (SELECT 1 FROM slots o WHERE o.account = $5 AND o.msisdn = c.msisdn
        AND o.currency = c.currency AND o.amount = c.amount AND (o.batch_no, o.seq) <> ($1, c.seq))`,
  },
  {
    file: `${SEND}/claim-lines.ts`,
    find: '(SELECT count(*) FROM taken)',
    replace: '(SELECT count(*) FROM own)',
  },
];

export const SABOTAGES: readonly Sabotage[] = [
  { name: 'trust_job_id', patches: TRUST_JOB_ID, variant: 'r1', shows: 'paidTwice' },
  {
    name: 'no_send_by',
    patches: [
      {
        file: 'packages/airtime/src/deadline.ts',
        find: 'return !inTime;',
        replace: 'return inTime && false;',
      },
    ],
    variant: 'replay',
    shows: 'paidTwice',
  },
  {
    name: 'new_key_on_replay',
    patches: [
      {
        file: `${SEND}/claim-replays.ts`,
        find: 'idempotencyKey: key, body, lines: [line] }',
        replace: `idempotencyKey: key.slice(8) + '0000000' + sendNo, body, lines: [line] }`,
      },
    ],
    variant: 'replay',
    shows: 'paidTwice',
  },
  {
    name: 'last_answer_wins',
    patches: [
      {
        file: `${SEND}/move-lines.ts`,
        find: 'fold([fact.ending, ...beside.map(({ ending }) => ending)])',
        replace: 'fold([fact.ending])',
      },
    ],
    variant: 'replay',
    shows: 'falseFailed',
  },
  {
    name: 'duplicate_is_paid',
    patches: [
      {
        file: 'packages/domain/src/fold.ts',
        find: `case 'duplicate':`,
        replace: `case 'duplicate': requestIds.add('it was paid before'); break;`,
      },
    ],
    variant: 'r1',
    shows: 'falsePaid',
  },
  {
    name: 'retry_timeouts',
    patches: [
      {
        file: 'packages/domain/src/reading.ts',
        find: `return forAll(asked, { kind: 'unknown', reason: answer.reason });`,
        replace: `return forAll(asked, { kind: 'not_sent', reason: answer.reason });`,
      },
    ],
    variant: 'noguard',
    shows: 'paidTwice',
  },
  {
    name: 'replay_past_window',
    patches: [
      {
        file: 'packages/domain/src/replay.ts',
        find: 'const byMs = firstMs + terms.windowMs - terms.holdMs;',
        replace: 'const byMs = firstMs + 3_600_000;',
      },
    ],
    variant: 'replay',
    shows: 'paidTwice',
  },
  {
    name: 'fence_recording',
    patches: [
      {
        file: `${SEND}/record-answers.ts`,
        find: 'JOIN sends s ON s.attempt_id = g.attempt_id AND s.send_no = g.send_no',
        replace: `JOIN sends s ON s.attempt_id = g.attempt_id AND s.send_no = g.send_no
      JOIN chunks c ON c.batch_no = a.batch_no AND c.chunk = a.chunk AND c.epoch = s.epoch`,
      },
    ],
    variant: 'r1',
    shows: 'unexplained',
  },
  {
    name: 'acknowledge_first',
    patches: [
      {
        file: 'apps/worker/src/intake/take-message.ts',
        find: 'const taken = await takePage(deps.ledger, { ...message, rows: rowsOf(message) }, deps.tariffs);',
        replace: `takePage(deps.ledger, { ...message, rows: rowsOf(message) }, deps.tariffs)
          .catch((err: unknown) => deps.log.warn({ err }, 'page.lost'));
          const taken = { kind: 'taken', declared: false } as const;`,
      },
    ],
    variant: 'r1',
    shows: 'lost',
  },
  {
    name: 'yes_without_permit',
    patches: [
      {
        file: 'packages/domain/src/gate.ts',
        find: `reason: line.permit === 'this' ? 'repeated' : 'permitted' }`,
        replace: `reason: 'repeated' }`,
      },
    ],
    variant: 'gate',
    shows: 'paidTwice',
  },
  {
    name: 'failure_outweighs_success',
    patches: [
      {
        file: 'packages/domain/src/news.ts',
        find: 'const paid = idsOf(facts).filter((id) => facts.words.get(id)?.success);',
        replace:
          'const paid = idsOf(facts).filter((id) => facts.words.get(id)?.success && !facts.words.get(id)?.failed);',
      },
    ],
    variant: 'notify',
    shows: 'falseFailed',
  },
];

/** Throws RangeError for a name that is not in the list. */
export function findSabotage(name: string): Sabotage {
  const found = SABOTAGES.find((sabotage) => sabotage.name === name);
  if (found) return found;
  throw new RangeError(`a sabotage is one of ${SABOTAGES.map((known) => known.name).join(', ')}`);
}
