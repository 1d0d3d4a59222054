/**
 * Submits three rows and tells what the ledger says of them:
 *
 *     REDIS_URL=redis://127.0.0.1:6379 SOURCE_CREDENTIAL_FILE=credential.json node submit.mjs "bonus January"
 *
 * The credential comes from the ledger's operator. Run twice with the same name, it is the same batch: nothing is paid twice.
 */
import process from 'node:process';
import { createProducer, readCredential } from '@salio/producer';

const [clientReference = 'example'] = process.argv.slice(2);
const { REDIS_URL = 'redis://127.0.0.1:6379', QUEUE_PREFIX: prefix } = process.env;
const producer = createProducer({
  redisUrl: REDIS_URL,
  prefix, // Needed only where the ledger's QUEUE_PREFIX is not the default.
  credential: readCredential(process.env),
});

const rows = [
  { phone: '+254711000001', amount: '50', currency: 'KES', reference: `${clientReference} 1` },
  { phone: '0711000002', amount: '75.50', currency: 'KES', reference: `${clientReference} 2` },
  { phone: 'not a phone', amount: '20', currency: 'KES', reference: `${clientReference} 3` },
];

try {
  const submission = await producer.submitBatch({ clientReference, rows });
  console.log(`handed over ${submission.rows} rows as batch ${submission.batchId}`);

  const { verdict, lines, rejected, state } = await producer.waitForVerdict(submission);
  console.log(`${verdict}: ${lines} lines, ${rejected} rejected, ${state}`);

  const { states } = await producer.progress(clientReference);
  console.log(`lines by state: ${JSON.stringify(states)}`);

  for await (const { row, reason, detail } of producer.rejections(clientReference)) {
    console.log(`row ${row} was rejected: ${reason} ${detail}`);
  }
  for await (const { seq, reference, amount, state: line } of producer.outcomes(clientReference)) {
    console.log(`row ${seq} (${reference}), ${amount}: ${line}`);
  }
} finally {
  await producer.close();
}
