import { setTimeout as delay } from 'node:timers/promises';
import { type Environment, runCli } from '@salio/testkit';
import type { Look } from './look.ts';

export interface AuditFound {
  readonly verified: boolean;
  readonly factsSealed: number;
}

/** Until the last facts are sealed: a few times the interval of the sealer. */
const SEALED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 1_000;

/**
 * Whether the chain holds, and holds every fact: counted here by tables, with none of the ledger's code. Facts that are
 * younger than the sealer's interval are waited for. `problem` says what is wrong.
 */
export async function checkAudit(
  look: Look,
  cli: Environment,
): Promise<AuditFound & { readonly problem: string | undefined }> {
  const untilMs = performance.now() + SEALED_WITHIN_MS;
  for (;;) {
    const facts = await countFacts(look);
    const { code, stdout, stderr } = await runCli(['audit', 'verify', '--json'], cli);
    const said: unknown = code === 0 ? JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '{}') : {};
    const factsSealed = numberIn(said, 'factsSealed');
    const verified = code === 0;
    if (verified && factsSealed === facts && facts > 0)
      return { verified, factsSealed, problem: undefined };
    if (performance.now() > untilMs || !verified) {
      const problem = verified
        ? `${factsSealed} facts are sealed, ${facts} are there`
        : stderr || stdout;
      return { verified, factsSealed, problem: `audit: ${problem}` };
    }
    await delay(LOOK_EVERY_MS);
  }
}

function numberIn(said: unknown, name: string): number {
  if (typeof said !== 'object' || said === null) return 0;
  const value: unknown = Object.entries(said).find(([key]) => key === name)?.[1];
  return typeof value === 'number' ? value : 0;
}

/** A fact is what its table's comment calls one; the chain does not seal itself. */
async function countFacts(look: Look): Promise<number> {
  const tables = await look.rows<{ name: string }>(FACT_TABLES);
  const counts = tables.map(({ name }) => `(SELECT count(*) FROM ${name})`);
  const [found] = await look.rows<{ facts: string }>(`SELECT ${counts.join(' + ')} AS facts`);
  return Number(found?.facts ?? 0);
}

const FACT_TABLES = `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  AND (obj_description(oid, 'pg_class') LIKE 'Fact.%' OR relname = 'ledgers') AND relname NOT IN ('seals', 'seal_leaves')`;
