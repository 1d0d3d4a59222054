/**
 * Submits three rows and tells what the ledger says of them:
 *
 *     node packages/producer/examples/submit.ts redis://127.0.0.1:6379 credential.json "bonus January"
 *
 * The credential comes from the ledger's operator. Run twice with the same name, it is the same batch: nothing is paid
 * twice.
 */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { createProducer, type GivenRow } from '@salio/producer';

const [redisUrl, credentialFile, clientReference, prefix] = process.argv.slice(2);
if (!redisUrl || !credentialFile || !clientReference) {
  process.stderr.write(
    'usage: submit.ts <redis url> <credential file> <client reference> [prefix]\n',
  );
  process.exit(2);
}

/** Rows may come from anywhere: an array, a generator, a file that is read line by line, a cursor of a database. */
function* rows(): Generator<GivenRow> {
  yield { phone: '+254711000001', amount: '50', currency: 'KES', reference: 'emp-1' };
  yield { phone: '0711000002', amount: '75.50', currency: 'KES', reference: 'emp-2' };
  yield { phone: 'not a phone', amount: '20', currency: 'KES', reference: 'emp-3' };
}

const credential = (await readFile(credentialFile, 'utf8')).trim();
await using producer = createProducer({
  redisUrl,
  credential,
  // Needed only where the ledger's QUEUE_PREFIX is not the default.
  ...(prefix ? { prefix } : {}),
});

const submission = await producer.submitBatch({ clientReference, rows: rows() });
print(`handed over ${submission.rows} rows as batch ${submission.batchId}`);

const verdict = await producer.waitForVerdict(submission);
print(`${verdict.verdict}: ${verdict.lines} lines, ${verdict.rejected} rejected, ${verdict.state}`);

for await (const { row, reason, detail } of producer.rejections(clientReference)) {
  print(`row ${row} was rejected: ${reason} ${detail}`);
}
for await (const { seq, reference, amount, state } of producer.outcomes(clientReference)) {
  print(`row ${seq} (${reference}), ${amount}: ${state}`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
