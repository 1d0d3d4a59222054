import type { Result } from './contest.ts';
import { BATCHED_PEER } from './contestants.ts';
import type { RaceResults } from './race.ts';
import { columns } from './table.ts';

/** What a machine reads. Rates are lines per second, end to end where nothing else is said. */
export interface RaceJson {
  readonly lines: number;
  readonly limit: { readonly r1: number; readonly r50: number };
  readonly salio: { readonly r1: number; readonly r50: number; readonly r50Sending: number };
  readonly peers: Readonly<Record<string, number>>;
  readonly ratios: {
    readonly toLimitR50: number;
    readonly sendingToLimitR50: number;
    /** To the best of the peers that have a job per recipient; null without peers. */
    readonly toBestPeerR1: number | null;
    readonly toBestPeerR50: number | null;
    /** Of many recipients per request to the peer that has a job for 50. */
    readonly toBatchedPeerR50: number | null;
  };
  /** Salio's processes, the larger figure of both runs. */
  readonly peakMemoryMiB: Readonly<Record<string, number>>;
  /** Salio's processes with many recipients per request. */
  readonly cpuSecondsPerMillion: Readonly<Record<string, number>>;
  readonly redisPeakMiB: number;
}

export function toJson({ lines, limit, salio, peers }: RaceResults): RaceJson {
  const rate = ({ linesPerSecond }: Pick<Result, 'linesPerSecond'>) => Math.round(linesPerSecond);
  const sending = salio.many.lines / salio.many.sendingSeconds;
  const perRecipient = [...peers].filter(([name]) => name !== BATCHED_PEER);
  const best = Math.max(...perRecipient.map(([, result]) => result.linesPerSecond));
  const batched = peers.get(BATCHED_PEER)?.linesPerSecond;
  const ratio = (rateOfSalio: number, other: number | undefined) =>
    other !== undefined && Number.isFinite(other) ? rounded(rateOfSalio / other) : null;
  return {
    lines,
    limit: { r1: rate(limit.one), r50: rate(limit.many) },
    salio: { r1: rate(salio.one), r50: rate(salio.many), r50Sending: Math.round(sending) },
    peers: Object.fromEntries([...peers].map(([name, result]) => [name, rate(result)])),
    ratios: {
      toLimitR50: rounded(salio.many.linesPerSecond / limit.many.linesPerSecond),
      sendingToLimitR50: rounded(sending / limit.many.linesPerSecond),
      toBestPeerR1: ratio(salio.one.linesPerSecond, best),
      toBestPeerR50: ratio(salio.many.linesPerSecond, best),
      toBatchedPeerR50: ratio(salio.many.linesPerSecond, batched),
    },
    peakMemoryMiB: Object.fromEntries(
      [...salio.many.usage].map(([kind, { peakMemoryMiB }]) => [
        kind,
        Math.round(Math.max(peakMemoryMiB, salio.one.usage.get(kind)?.peakMemoryMiB ?? 0)),
      ]),
    ),
    cpuSecondsPerMillion: perMillion(salio.many),
    redisPeakMiB: rounded(Math.max(salio.one.redisPeakMiB, salio.many.redisPeakMiB)),
  };
}

/** For people: who, how fast, and what it took. */
export function showRace(results: RaceResults): string {
  const { limit, salio, peers, recipientsPerRequest: many } = results;
  const rows = [
    row('limit', 1, limit.one),
    row('limit', many, limit.many),
    row('salio', 1, salio.one),
    row('salio', many, salio.many),
    ...[...peers].map(([name, result]) => row(name, name === BATCHED_PEER ? 50 : 1, result)),
  ];
  const head = ['', 'per request', 'lines', 'lines/s', 'seconds', 'WAL B/line', 'Redis MiB'];
  const table = columns([[...head, 'CPU s per million lines'], ...rows]);
  const facts = [salio.one, salio.many].map(
    (result, index) =>
      `salio, ${index === 0 ? 1 : many} per request: intake ${result.intakeSeconds.toFixed(1)} s, first send ` +
      `${result.firstSendMs.toFixed(0)} ms after the release, sending ${Math.round(result.lines / result.sendingSeconds)} lines/s; ` +
      `peak MiB: ${[...result.usage].map(([kind, { peakMemoryMiB }]) => `${kind} ${Math.round(peakMemoryMiB)}`).join(', ')}`,
  );
  const share = (result: Result) => {
    const cpu = result.usage.get('simulator')?.cpuSeconds ?? 0;
    return `${Math.round((100 * cpu) / result.seconds)} %`;
  };
  facts.push(
    `The simulator has ${share(limit.one)} of a core at the limit with 1 per request, ${share(limit.many)} with ${many}.`,
  );
  return `${table}\n${facts.join('\n')}`;
}

function row(name: string, recipients: number, result: Result): string[] {
  const cpu = Object.entries(perMillion(result)).map(([kind, seconds]) => `${kind} ${seconds}`);
  return [
    name,
    String(recipients),
    String(result.lines),
    String(Math.round(result.linesPerSecond)),
    result.seconds.toFixed(1),
    String(Math.round(result.walBytesPerLine)),
    result.redisPeakMiB.toFixed(1),
    cpu.join(', '),
  ];
}

function perMillion({ usage, lines }: Result): Record<string, number> {
  return Object.fromEntries(
    [...usage].map(([kind, { cpuSeconds }]) => [
      kind,
      Math.round((cpuSeconds * 1_000_000) / lines),
    ]),
  );
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
