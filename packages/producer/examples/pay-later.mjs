/**
 * Submits a batch that is paid tomorrow, by day, or never:
 *
 *     REDIS_URL=… SOURCE_CREDENTIAL_FILE=… node pay-later.mjs "bonus of June"
 */
import process from 'node:process';
import { createProducer, parseQuietHours, readCredential } from '@salio/producer';

const [clientReference = 'example'] = process.argv.slice(2);
const { REDIS_URL = 'redis://127.0.0.1:6379', QUEUE_PREFIX: prefix } = process.env;
const producer = createProducer({
  redisUrl: REDIS_URL,
  prefix,
  credential: readCredential(process.env),
});

// What a batch is told is part of it: the same rows with another moment under the same name are a conflict. So the moment follows
// from the day, and not from the second in which this runs.
const day = 86_400_000;
const today = Math.floor(Date.now() / day) * day;

try {
  const submission = await producer.submitBatch({
    clientReference,
    rows: [{ phone: '+254711000001', amount: '50', currency: 'KES' }],
    notBefore: new Date(today + day),
    expiresAt: new Date(today + 3 * day),
    quietHours: parseQuietHours('20:00-08:00 Africa/Nairobi'),
  });
  const { state } = await producer.waitForVerdict(submission);
  console.log(`the batch is ${state}, and waits for its day when it is released`);
} finally {
  await producer.close();
}
