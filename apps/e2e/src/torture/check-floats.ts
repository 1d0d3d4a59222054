import { type Environment, runCli } from '@salio/testkit';
import type { Look } from './look.ts';

/**
 * What is wrong with the floats after a run: the command adds up every posting and every line; beside it, with none of the ledger's code, each
 * line's charge is held against its state, and balances against postings. Undefined where nothing is.
 */
export async function checkFloats(look: Look, cli: Environment): Promise<string | undefined> {
  const { code, stdout, stderr } = await runCli(['float', 'check', '--json'], cli);
  if (code !== 0) return `floats: ${stderr || stdout}`;
  const [odd] = await look.rows<{ lines: number; sums: number; postings: number }>(ODD);
  if (!odd || odd.postings === 0) return 'floats: nothing was posted';
  if (odd.lines > 0)
    return `floats: ${odd.lines} lines have a charge that their state can not have`;
  return odd.sums > 0
    ? `floats: ${odd.sums} balances are not the sum of their postings`
    : undefined;
}

const ODD = `SELECT (SELECT count(*)::int FROM postings) AS postings,
  (SELECT count(*)::int FROM lines WHERE NOT CASE
    WHEN state IN ('sent', 'succeeded') THEN coalesce(charge = 'charged', false)
    WHEN state IN ('sending', 'unresolved') THEN coalesce(charge IN ('reserved', 'charged'), false)
    WHEN state = 'failed' THEN charge IS NULL OR charge = 'due'
    ELSE charge IS NULL END) AS lines,
  (SELECT count(*)::int FROM (
    SELECT account, currency, sum(funded) AS f, sum(reserved) AS r, sum(spent) AS s, sum(due) AS d FROM (
      SELECT account, currency, funded, reserved, spent, due FROM postings
      UNION ALL SELECT account, currency, -funded, -reserved, -spent, -due FROM float_sums
    ) AS all_of GROUP BY 1, 2 HAVING sum(funded) <> 0 OR sum(reserved) <> 0 OR sum(spent) <> 0 OR sum(due) <> 0
  ) AS differing) AS sums`;
