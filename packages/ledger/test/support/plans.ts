import { openLedger, type Ledger } from '../../src/index.ts';
import { openWorld, type World } from './world.ts';

/** How a statement was really carried out, inner statements of functions and triggers included. */
export interface Plan {
  readonly text: string;
  readonly scans: readonly Scan[];
}

export interface Scan {
  readonly kind: string;
  readonly table: string;
  /** What an index was asked for; empty for a whole table. */
  readonly condition: string;
  /** That it looked at, all in all. */
  readonly rows: number;
}

/** A ledger whose tables nobody analyzes but the test. */
export async function openUnanalyzed(): Promise<World> {
  const world = await openWorld();
  await world.owner.query(`DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
      EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', name);
    END LOOP; END $$`);
  return world;
}

/**
 * A ledger whose server tells every plan that it carries out. It has one connection, so that statements which are repeated come
 * to the plan that is kept for all values.
 */
export async function watchPlans(
  world: World,
  url = world.database.appUrl,
): Promise<{ ledger: Ledger; plans: Plan[] }> {
  const { rows } = await world.owner.query<{ name: string }>('SELECT current_database() AS name');
  const settings = {
    session_preload_libraries: 'auto_explain',
    'auto_explain.log_min_duration': '0',
    'auto_explain.log_nested_statements': 'on',
    'auto_explain.log_analyze': 'on',
    'auto_explain.log_timing': 'off',
    'auto_explain.log_format': 'json',
    client_min_messages: 'log',
  };
  for (const [name, value] of Object.entries(settings))
    await world.owner.query(`ALTER DATABASE "${rows[0]?.name}" SET ${name} = '${value}'`);
  const plans: Plan[] = [];
  const ledger = openLedger({ url, name: 'plans-test', connections: 1 });
  for (const pool of [ledger.pool, ledger.byKey])
    pool.on('connect', (client) => {
      client.on('notice', ({ message = '' }) => {
        const told = /plan:\n(\{.*\})$/s.exec(message)?.[1];
        if (told === undefined) return;
        const plan = JSON.parse(told) as Told; // safe because auto_explain writes it
        plans.push({ text: plan['Query Text'], scans: [...scansOf(plan.Plan)] });
      });
    });
  return { ledger, plans };
}

interface Told {
  readonly 'Query Text': string;
  readonly Plan: Node;
}

interface Node {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly 'Recheck Cond'?: string;
  readonly 'TID Cond'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly Node[];
}

function* scansOf(node: Node): Generator<Scan> {
  const table = node['Relation Name'];
  const kind = node['Node Type'];
  if (table !== undefined && kind !== 'ModifyTable') {
    const condition = node['Index Cond'] ?? node['Recheck Cond'] ?? node['TID Cond'] ?? '';
    const seen = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
    yield { kind, table, condition, rows: seen * node['Actual Loops'] };
  }
  for (const inner of node.Plans ?? []) yield* scansOf(inner);
}
