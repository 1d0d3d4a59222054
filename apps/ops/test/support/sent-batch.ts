import { randomBytes } from 'node:crypto';
import { currency, readAnswer, type ProviderAnswer } from '@salio/domain';
import {
  handBack,
  leaseChunk,
  openSlice,
  recordAnswers,
  releaseBatch,
  type OpenAttempt,
} from '@salio/ledger';
import type { ApiWorld, NewBatch } from './api-world.ts';

/** `sent`: the provider took the line. `refused`: for a reason of the line. `lost`: nobody knows. */
export type Told = 'sent' | 'refused' | 'lost';

const ACCOUNT = 'main';
const FAR_MS = 60_000;

/** A completed batch, one line for each thing that is told, through the verbs of workers. */
export async function sentBatch(world: ApiWorld, told: readonly Told[]): Promise<NewBatch> {
  const { owner } = world;
  const batch = await world.newBatch({ lines: told.length });
  const { batchNo } = await releaseBatch(owner, { batchId: batch.batchId, operator: 'x' });
  const terms = { leaseMs: FAR_MS, rescueAfterMs: FAR_MS };
  const lease = await leaseChunk(owner, { batchNo, chunk: 0 }, terms);
  if (!lease) throw new Error('the chunk is not free');
  const replay = { windowMs: 0, holdMs: 0 };
  const slice = await openSlice(owner, {
    lease,
    terms,
    replay,
    limits: { recipientsPerRequest: 1, attempts: told.length },
    ledgerId: '00000000-0000-4000-8000-000000000001',
    account: ACCOUNT,
    worker: 'worker-1',
    sendBy: new Date(Date.now() + FAR_MS),
    holdMs: FAR_MS,
    encode: (lines) => JSON.stringify(lines.map(({ msisdn }) => msisdn)),
  });
  if (slice.kind !== 'opened') throw new Error('nothing was opened');
  const answers = slice.attempts.map((attempt, index) => {
    const answer = answerOf(attempt, told[index] ?? 'lost');
    return { attempt, answer, reading: readAnswer(attempt.lines, answer), tookMs: 12 };
  });
  await recordAnswers(owner, answers, { waitMs: FAR_MS, replay });
  await handBack(owner, lease);
  return batch;
}

function answerOf({ lines }: OpenAttempt, told: Told): ProviderAnswer {
  const [line] = lines;
  if (!line || told === 'lost') return { kind: 'lost', reason: 'timeout' };
  const taken = told === 'sent';
  return {
    kind: 'response',
    status: 201,
    body: '{"made":"up"}',
    content: {
      errorMessage: 'None',
      numSent: taken ? 1 : 0,
      totalAmount: 'KES 100.0000',
      totalDiscount: 'KES 4.0000',
      entries: [
        {
          phoneNumber: line.msisdn,
          status: taken ? 'Sent' : 'Failed',
          requestId: taken ? `ATQid_${randomBytes(16).toString('hex')}` : 'None',
          errorMessage: taken ? 'None' : 'No luck',
          amount: line.amount,
          discount: { currency: currency('KES'), units: 40_000n },
        },
      ],
    },
  };
}
