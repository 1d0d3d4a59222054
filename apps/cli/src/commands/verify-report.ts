import { open } from 'node:fs/promises';
import { KeyInvalid, readPublicKey, verifyDocument } from '@salio/queue';
import process from 'node:process';
import type { Output } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson, printLine } from '../output.ts';
import { UsageError } from '../usage-error.ts';

/** Of a signed report, bytes: one of a batch has some kilobytes. */
const REPORT_BYTES_MAX = 16 * 1_048_576;

export interface VerifyReportOptions {
  /** Public half of the ledger's key, from a place that whoever made the report can't change. */
  readonly key: string;
}

/** Holds a signed report against the ledger's key: without a database, and without a network. The exit status is 0 only where it is that key's word. */
export async function verifyReport(
  file: string,
  { key, json }: VerifyReportOptions & Output,
): Promise<void> {
  const reading = verifyDocument('report', await readJson(file), publicKey(key));
  if (!reading.ok) {
    process.exitCode = EXIT.problem;
    const { reason } = reading;
    if (json) printJson({ verified: false, reason });
    else printLine(`${file}: ${WHY[reason]}. Believe nothing in it.`);
    return;
  }
  const { document } = reading;
  if (json) return printJson({ verified: true, ...document });
  const report = Object(document['report']) as Record<string, unknown>; // safe because Object gives an object
  const audit = Object(document['audit']) as Record<string, unknown>; // safe because Object gives an object
  printLine(`${file} is the word of this key.`);
  printLine(
    `Batch ${told(report['clientReference'])} of ledger ${told(document['ledgerId'])}, at ${told(document['at'])}`,
  );
  printLine(`Cost ${told(report['cost'])}; lines ${told(report['states'])}`);
  const sealed =
    audit['sealed'] === true ? 'all of it is sealed under' : 'not all of it was sealed yet, under';
  printLine(`Audit chain: ${sealed} block ${told(audit['block'])}, ${told(audit['hash'])}`);
}

const WHY = {
  malformed: 'it is no signed report',
  signature: 'it was altered, or another key signed it',
} as const;

function publicKey(text: string) {
  try {
    return readPublicKey(text);
  } catch (error) {
    if (error instanceof KeyInvalid)
      throw new UsageError(`--key is no public key: ${error.message}`);
    throw error;
  }
}

async function readJson(file: string): Promise<unknown> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  if (size > REPORT_BYTES_MAX) throw new UsageError(`${file} is too large for a signed report`);
  const text = await handle.readFile('utf8');
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function told(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
