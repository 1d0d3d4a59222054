import { mkdir } from 'node:fs/promises';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { measureIntake } from './intake.ts';
import { showIntake, showLookUps } from './ledger-report.ts';
import { measureLookUps } from './ledger/look-ups.ts';
import { race } from './race.ts';
import { showRace, toJson } from './race-report.ts';
import { measureSmallBatches } from './small-batches.ts';
import { sweep } from './sweep.ts';
import { measureWorkers } from './workers.ts';

/**
 * Measures Salio beside others, in one run on one machine: what counts are the ratios. Scenes: `race` (the default), `sweep`
 * (sizes, with plots), `intake`, `ledger` (look-ups), `workers`, `batches`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    lines: { type: 'string' },
    'recipients-per-request': { type: 'string', default: '50' },
    peers: { type: 'boolean', default: false },
    'peer-lines': { type: 'string', default: '10000' },
    plots: { type: 'string' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const LINES_MAX = 10_000_000;
const SEED = 1;
const LINES: Readonly<Record<string, number>> = {
  race: 100_000,
  sweep: 1_000_000,
  intake: 1_000_000,
  ledger: 10_000_000,
  workers: 20_000,
  batches: 100_000,
};
const RECIPIENTS_MAX = 500;

try {
  await main(positionals[0] ?? 'race');
} catch (error) {
  if (!(error instanceof RangeError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 2;
}

async function main(scene: string): Promise<void> {
  const usual = LINES[scene];
  if (usual === undefined)
    throw new RangeError(`the scene is one of ${Object.keys(LINES).join(', ')}`);
  const lines = number('lines', values.lines ?? String(usual), LINES_MAX);
  const recipientsPerRequest = number(
    'recipients-per-request',
    values['recipients-per-request'],
    RECIPIENTS_MAX,
  );
  const peerLines = number('peer-lines', values['peer-lines'], LINES_MAX);
  for (const folder of [values.profile, values.plots]) {
    if (folder !== undefined) await mkdir(folder, { recursive: true });
  }
  switch (scene) {
    case 'race': {
      const { profile } = values;
      const results = await race({
        lines,
        recipientsPerRequest,
        peerLines: values.peers ? peerLines : undefined,
        profileFolder: profile,
        say,
      });
      return tell(showRace(results), toJson(results));
    }
    case 'sweep': {
      const found = await sweep({ lines, recipientsPerRequest, folder: values.plots, say });
      return tell(found.table, found.json);
    }
    case 'intake': {
      const found = await measureIntake({ rows: lines });
      return tell(showIntake(found), { ...found, usage: Object.fromEntries(found.usage) });
    }
    case 'ledger': {
      const found = await measureLookUps({ lines, seed: SEED });
      return tell(showLookUps(found), found);
    }
    case 'workers': {
      const found = await measureWorkers({ lines, say });
      return tell(found.table, found.json);
    }
    default: {
      const found = await measureSmallBatches({
        batches: lines,
        profileFolder: values.profile,
        say,
      });
      return tell(found.table, found.json);
    }
  }
}

/** With --json the last line is the result; the table is for people all the same. */
function tell(table: string, json: object): void {
  if (values.json) {
    process.stderr.write(`${table}\n`);
    process.stdout.write(`${JSON.stringify(json)}\n`);
  } else process.stdout.write(`${table}\n`);
}

function number(name: string, text: string, max: number): number {
  const value = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw new RangeError(`--${name} is a number of 1 to ${max}`);
  return value;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
