/**
 * Submits rows of which two are wrong, reads which, corrects what it can, and submits those as a batch that belongs to the first.
 * The ledger takes no more rows for it than were rejected, so that no row is corrected, and paid, twice.
 *
 *     REDIS_URL=… SOURCE_CREDENTIAL_FILE=… node correct.mjs "wages of July"
 */
import process from 'node:process';
import { createProducer, readCredential } from '@salio/producer';

const [clientReference = 'example'] = process.argv.slice(2);
const { REDIS_URL = 'redis://127.0.0.1:6379', QUEUE_PREFIX: prefix } = process.env;
const producer = createProducer({
  redisUrl: REDIS_URL,
  prefix,
  credential: readCredential(process.env),
});

const rows = [
  { phone: '+254711000001', amount: '50', currency: 'KES' },
  { phone: '+254711000002', amount: '1 000', currency: 'KES' },
  { phone: '+25471100', amount: '50', currency: 'KES' },
];

try {
  const first = await producer.submitBatch({ clientReference, rows });
  await producer.waitForVerdict(first);

  const corrected = [];
  for await (const { row, reason } of producer.rejections(clientReference)) {
    console.log(`row ${row}: ${reason}`);
    const given = rows[row - 1];
    // Row numbers begin with 1. What nobody can mend stays a rejection of the first batch.
    if (given && reason === 'amount_malformed') {
      corrected.push({ ...given, amount: given.amount.replace(' ', '') });
    }
  }
  const second = await producer.submitBatch({
    clientReference: `${clientReference}, corrected`,
    rows: corrected,
    corrects: clientReference,
  });
  const { verdict, lines } = await producer.waitForVerdict(second);
  console.log(`${verdict}: ${lines} line corrects the first batch`);
} finally {
  await producer.close();
}
