import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import {
  askCli,
  eventually,
  runCli,
  startLocalServices,
  startSystem,
  type System,
  untilState,
  untilTold,
} from '@salio/testkit';
import { compare, showUnits, type Comparison } from './compare.ts';
import { makeRows, writeFile } from './recipients-file.ts';

/**
 * The whole path in one go: a CSV is submitted, released and sent to the provider's stand-in; then file, ledger and book are
 * compared line by line. Exit status 0 only if all three agree.
 */
const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '10000' },
    'recipients-per-request': { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const LINES_MAX = 2_000_000;
const lines = /^\d{1,7}$/.test(values.lines) ? Number(values.lines) : 0;
const REFERENCE = 'demo-payroll';
/** Of ten thousand lines two hundred can't be delivered after all, and of five hundred the provider tells twice. */
const NEWS = { NOTIFY_AFTER_MS: '300', NOTIFY_FAULTS: 'telco_failed:200,twice:500' };

if (lines < 1 || lines > LINES_MAX) {
  process.stderr.write(`demo: --lines is a number of 1 to ${LINES_MAX}\n`);
  process.exitCode = 2;
} else process.exitCode = await demo();

async function demo(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'salio-demo-'));
  try {
    say('Starting Postgres and Redis …');
    await using services = await startLocalServices();
    say(`Postgres from ${services.postgres.origin}, Redis from ${services.redis.origin}`);
    say('Starting simulator, two workers and a scheduler …');
    await using system = await startSystem(services, {
      worker: { RECIPIENTS_PER_REQUEST: values['recipients-per-request'] },
      simulator: { ...NEWS, BOOK_FILE: join(folder, 'book') },
      callbacks: { status: true },
    });
    const file = join(folder, 'recipients.csv');
    await writeFile(file, makeRows(lines, 'demo'));
    const seconds = await pay(system, file);
    say('The provider tells what became of the lines …');
    await untilTold(system, REFERENCE, 60_000 + lines * 10);
    say('Facts are sealed …');
    const audit = await auditAll(system);
    const found = await compare(makeRows(lines, 'demo'), REFERENCE, {
      ownerUrl: system.database.ownerUrl,
      simulatorUrl: system.simulatorUrl,
    });
    await report(system, found, seconds, audit);
    return found.problemCount === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From submitting the file to the last recorded answer, seconds. */
async function pay(system: System, file: string): Promise<number> {
  const startedAt = performance.now();
  say(`Submitting ${lines} rows …`);
  const verdict = await askCli(['submit', file, '--reference', REFERENCE], system.cli);
  say(
    `The ledger has ${String(verdict['lines'])} lines and ${String(verdict['rejected'])} rejections. Releasing …`,
  );
  await askCli(['release', REFERENCE, '--reason', 'demo'], system.cli);
  await untilState(system, REFERENCE, ['completed'], 60_000 + lines * 10);
  return (performance.now() - startedAt) / 1000;
}

/** Verifies the chain once every fact is sealed, and says its head. */
async function auditAll({ cli }: System): Promise<Record<string, unknown>> {
  return await eventually(
    async () => {
      const found = await askCli(['audit', 'verify'], cli);
      const unsealed = JSON.stringify(found['unsealed']);
      if (!unsealed.includes('"facts":0,')) throw new Error(`not sealed yet: ${unsealed}`);
      return found;
    },
    { timeoutMs: 60_000 + lines * 5, everyMs: 500 },
  );
}

async function report(
  system: System,
  found: Comparison,
  seconds: number,
  audit: Record<string, unknown>,
): Promise<void> {
  if (!values.json) {
    const { stdout } = await runCli(['report', REFERENCE], system.cli);
    process.stdout.write(`\n${stdout}\n`);
    process.stdout.write(
      `The simulator's book: ${found.book.credited} credits, ${found.book.creditedTwice} of them twice, ` +
        `${showUnits(found.book.amount)}\n`,
    );
  }
  for (const problem of found.problems) process.stderr.write(`differs: ${problem}\n`);
  const matches = found.problemCount === 0;
  const linesPerSecond = Math.round(found.lines / seconds);
  if (values.json) {
    const { lines: rows, rejected, accepted, sent, succeeded, failed, unresolved } = found;
    const result = {
      lines: rows,
      rejected,
      accepted,
      sent,
      succeeded,
      failed,
      unresolved,
      amount: showUnits(found.amount),
      discount: showUnits(found.discount),
      cost: showUnits(found.amount - found.discount),
      book: { ...found.book, amount: showUnits(found.book.amount) },
      matches,
      audit: { verified: true, head: audit['head'], factsSealed: audit['factsSealed'] },
      seconds: Math.round(seconds * 100) / 100,
      linesPerSecond,
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } else {
    const agree = matches
      ? 'File, ledger and book agree, line by line.'
      : `${found.problemCount} differences!`;
    process.stdout.write(
      `The audit chain holds ${String(audit['factsSealed'])} facts; verified head: ${String(audit['head'])}\n`,
    );
    process.stdout.write(`${agree} ${seconds.toFixed(1)} s, ${linesPerSecond} lines/s\n`);
  }
}

/** Progress is for people: on standard error, so that standard output holds the result alone. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
