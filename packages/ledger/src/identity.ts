import type { Ledger } from './connection.ts';
import { ledgers } from './schema/index.ts';
import { Conflict, NotFound } from './conflict.ts';
import { recordAction } from './operator.ts';
import { inTransaction } from './connection.ts';
import { run } from './sql.ts';

/** The id of this ledger. Throws NotFound where nothing was migrated. */
export async function readLedgerId(ledger: Ledger): Promise<string> {
  const [row] = await ledger.db.select({ id: ledgers.id }).from(ledgers);
  if (!row) throw new NotFound('the ledger has no identity: run the migrations');
  return row.id;
}

/** The public key of a source, or undefined where there is no such source. */
export async function readSourceKey(ledger: Ledger, name: string): Promise<string | undefined> {
  const [row] = await run<{ public_key: string }>(ledger.pool, READ_SOURCE_KEY, [name]);
  return row?.public_key;
}

/** Lets a system submit. Its name is 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first. Throws Conflict where it is taken. */
export async function addSource(
  ledger: Ledger,
  source: { readonly name: string; readonly publicKey: string; readonly operator: string },
): Promise<void> {
  if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(source.name)) {
    throw new Conflict(
      'a source is named with 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first',
    );
  }
  await inTransaction(ledger, async (client) => {
    const { rowCount } = await client.query(
      'INSERT INTO sources (name, public_key) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [source.name, source.publicKey],
    );
    if (rowCount === 0) throw new Conflict(`there is a source named ${source.name} already`);
    await recordAction(client, {
      operator: source.operator,
      verb: 'source.add',
      subject: source.name,
      detail: { publicKey: source.publicKey },
    });
  });
}

// Asked for each message of a producer.
const READ_SOURCE_KEY = {
  name: 'read-source-key',
  text: 'SELECT public_key FROM sources WHERE name = $1',
};
