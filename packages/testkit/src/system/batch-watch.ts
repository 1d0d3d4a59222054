import { Client } from 'pg';
import { eventually } from '../eventually.ts';
import { askCli } from './run-cli.ts';
import type { System } from './system.ts';

/** Waits until a batch is in one of these states, and returns which. Throws with its last state where that takes too long. */
export async function untilState(
  system: System,
  clientReference: string,
  states: readonly string[],
  timeoutMs: number,
): Promise<string> {
  await using database = await look(system);
  return await eventually(
    async () => {
      const [row] = await database.rows<{ state: string }>(
        'SELECT state FROM v_batches WHERE client_reference = $1',
        [clientReference],
      );
      if (row && states.includes(row.state)) return row.state;
      throw new Error(`batch ${clientReference} is ${row?.state ?? 'not there'}`);
    },
    { timeoutMs, everyMs: 100 },
  );
}

/** Waits until of no line of a batch is still unknown whether it was delivered. Throws with the count where that takes too long. */
export async function untilTold(
  system: System,
  clientReference: string,
  timeoutMs: number,
): Promise<void> {
  await using database = await look(system);
  await eventually(
    async () => {
      const [row] = await database.rows<{ lines: number }>(
        `SELECT count(*)::int AS lines FROM v_lines WHERE client_reference = $1 AND state = 'sent'`,
        [clientReference],
      );
      if (row?.lines !== 0) throw new Error(`${row?.lines} lines of ${clientReference} are sent`);
      return true;
    },
    { timeoutMs, everyMs: 200 },
  );
}

/** How many lines of a batch are in each state. */
export async function countStates(
  system: System,
  clientReference: string,
): Promise<Readonly<Record<string, number>>> {
  await using database = await look(system);
  const rows = await database.rows<{ state: string; lines: number }>(
    'SELECT state, count(*)::int AS lines FROM v_lines WHERE client_reference = $1 GROUP BY state',
    [clientReference],
  );
  return Object.fromEntries(rows.map((row) => [row.state, row.lines]));
}

/** Submits a file and releases it, by the command line. */
export async function submitAndRelease(
  system: System,
  file: string,
  clientReference: string,
): Promise<void> {
  await askCli(['submit', file, '--reference', clientReference], system.cli);
  await askCli(['release', clientReference], system.cli);
}

async function look(system: System) {
  const client = new Client({ connectionString: system.database.readerUrl });
  await client.connect();
  return {
    rows: async <Row extends object>(text: string, values: readonly unknown[]) =>
      (await client.query<Row>(text, [...values])).rows,
    [Symbol.asyncDispose]: () => client.end(),
  };
}
