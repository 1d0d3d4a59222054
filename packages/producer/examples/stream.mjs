/**
 * Submits many rows without ever holding them: they are read in pieces, as a cursor of a database gives them, and only as fast as
 * the ledger takes them. Ctrl-C gives up; nothing of a batch that was not handed over whole can be paid.
 *
 *     REDIS_URL=… SOURCE_CREDENTIAL_FILE=… node stream.mjs "rewards of May" 25000
 */
import process from 'node:process';
import { createProducer, readCredential } from '@salio/producer';

const [clientReference = 'example', count = '25000'] = process.argv.slice(2);
const { REDIS_URL = 'redis://127.0.0.1:6379', QUEUE_PREFIX: prefix } = process.env;
const producer = createProducer({
  redisUrl: REDIS_URL,
  prefix,
  credential: readCredential(process.env),
});

/** In place of a cursor: pieces of 500 rows. */
async function* pieces(total) {
  for (let first = 0; first < total; first += 500) {
    const length = Math.min(500, total - first);
    yield Array.from({ length }, (_, index) => ({
      phone: `+2547110${String(first + index).padStart(5, '0')}`,
      amount: '10',
      currency: 'KES',
    }));
  }
}

const stop = new AbortController();
process.once('SIGINT', () => stop.abort(new Error('interrupted')));
try {
  const submission = await producer.submitBatch({
    clientReference,
    rows: pieces(Number(count)),
    // Known from elsewhere: the ledger refuses a batch that came out otherwise.
    expect: { rows: Number(count) },
    signal: stop.signal,
    onProgress({ rowsRead, pagesSent, pagesAcknowledged }) {
      console.error(`${rowsRead} rows read; ${pagesAcknowledged} of ${pagesSent} pages are safe`);
    },
  });
  const { lines, rejected } = await producer.waitForVerdict(submission);
  console.log(`the ledger has ${lines} lines, and rejected ${rejected} rows`);
} finally {
  await producer.close();
}
