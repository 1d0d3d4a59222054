import { chooseBaseUrl, DEFAULT_HTTP, openProbe } from '@salio/airtime';
import { formatMoney, parseMoney, readMsisdn, type Money, type Msisdn } from '@salio/domain';
import type { Output } from '../context.ts';
import { printJson, printLine } from '../output.ts';
import { periodOf, recommend, seconds, type Findings, type Repeat } from '../probe/recommend.ts';
import { runProbe, type Evidence } from '../probe/run-probe.ts';
import { settings } from '../settings.ts';
import { UsageError } from '../usage-error.ts';

export interface ProbeOptions extends Output {
  readonly phone: string;
  readonly amount: string;
  readonly maxMinutes: string;
  readonly after?: string;
}

/** Ages that are tried, s: densely up to the five minutes that the provider's text names, then each about a third more. */
const AGES_S: readonly number[] = [
  1, 5, 30, 60, 120, 240, 300, 360, 480, 600, 900, 1_200, 1_800, 2_700, 3_600, 5_400, 7_200, 10_800,
  14_400, 21_600, 28_800, 43_200, 64_800, 86_400,
];
/** A day: a replay that comes later helps nobody. */
const MAX_MINUTES = 1_440;
/** Ages at most: two sends of two questions each, and an amount of its own for every one. */
const AGES_MAX = 50;

/** Measures what a repeated key does, in a sandbox or a simulator; needs neither ledger nor Redis. */
export async function probe(options: ProbeOptions): Promise<void> {
  const [msisdn, amount, agesMs] = [
    readPhone(options.phone),
    readMoney(options.amount),
    readAges(options),
  ];
  const { AIRTIME_USERNAME: username, AIRTIME_API_KEY: apiKey, ...rest } = settings.airtime();
  const baseUrl = chooseBaseUrl({ username, baseUrl: rest.AIRTIME_BASE_URL });
  const opened = openProbe({ ...DEFAULT_HTTP, username, apiKey, baseUrl });
  try {
    if (!options.json) {
      const last = seconds(agesMs.at(-1) ?? 0);
      printLine(`Asking ${baseUrl.host} as ${username}; the oldest repeat comes after ${last}.`);
    }
    const note = options.json ? noteJson : noteLine;
    const found = await runProbe(opened, { msisdn, amount, agesMs, note });
    conclude(found, options);
  } finally {
    await opened.close();
  }
}

function readPhone(text: string): Msisdn {
  const reading = readMsisdn(text, undefined);
  if (!reading.ok) throw new UsageError('--phone is a mobile number with its plus: +254711000001');
  return reading.msisdn;
}

function readMoney(text: string): Money {
  const amount = parseMoney(text);
  if (!amount || amount.units <= 0n) throw new UsageError('--amount is money, like "KES 10"');
  return amount;
}

function readAges({ maxMinutes, after }: ProbeOptions): number[] {
  const minutes = /^\d{1,4}$/.test(maxMinutes) ? Number(maxMinutes) : 0;
  if (minutes < 1 || minutes > MAX_MINUTES) {
    throw new UsageError(`--max-minutes is a number of 1 to ${MAX_MINUTES}`);
  }
  if (after === undefined)
    return AGES_S.filter((age) => age <= minutes * 60).map((age) => age * 1000);
  const ages = after.split(',').map((piece) => (/^\d{1,5}$/.test(piece) ? Number(piece) : 0));
  const fit = ages.every((age) => age >= 1 && age <= MAX_MINUTES * 60) && ages.length <= AGES_MAX;
  if (!fit) {
    throw new UsageError(
      `--after is a list like 1,5,60: at most ${AGES_MAX} numbers of 1 to ${MAX_MINUTES * 60}`,
    );
  }
  return [...new Set(ages)].toSorted((a, b) => a - b).map((age) => age * 1000);
}

function noteJson({ amount, ...evidence }: Evidence): void {
  printJson({ ...evidence, amount: formatMoney(amount) });
}

function noteLine(evidence: Evidence): void {
  const { question, send, afterMs, httpStatus, outcome, text, requestId, body } = evidence;
  const age = afterMs === undefined ? '' : ` after ${seconds(afterMs)}`;
  const key = evidence.key === undefined ? 'no key' : `key ${evidence.key}`;
  printLine(
    `${evidence.at.toISOString()} ${question} ${send}${age}: ${formatMoney(evidence.amount)}, ${key}`,
  );
  printLine(`  ${outcome}: HTTP ${httpStatus ?? '-'}, ${requestId ?? 'no request id'}, "${text}"`);
  if (body !== '') printLine(`  ${body}`);
}

function conclude(found: Findings, { json }: Output): void {
  const { windowSeconds, because } = recommend(found);
  const { freshKey, otherBody } = found;
  if (json) {
    const [sameKey, keyless] = [periodOf(found.sameKey), periodOf(found.keyless)];
    printJson({ windowSeconds, because, sameKey, keyless, freshKey, otherBody });
    return;
  }
  printLine();
  printLine(`The same key again: ${describe(found.sameKey)}.`);
  printLine(`The same without a key: ${describe(found.keyless)}.`);
  printLine(`A fresh key for the same phone and amount: ${freshKey}.`);
  printLine(`The same key with another amount: ${otherBody}.`);
  printLine(`Recommended: REPLAY_WINDOW_SECONDS=${windowSeconds}, because ${because.join('; ')}.`);
  if (windowSeconds > 0) {
    printLine(
      'This was measured here. Let the provider confirm it for the live API before you set it.',
    );
  }
}

function describe(repeats: readonly Repeat[]): string {
  const { refusedMs, acceptedMs, consistent } = periodOf(repeats);
  const parts = [
    refusedMs > 0 ? `refused up to ${seconds(refusedMs)}` : 'not refused at the first repeat',
    acceptedMs === undefined ? 'never accepted' : `accepted after ${seconds(acceptedMs)}`,
    ...(consistent ? [] : ['with answers that do not fit']),
  ];
  return parts.join(', ');
}
