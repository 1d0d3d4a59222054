import type { Credit } from '../book/credits.ts';
import { type Chance, chanceMet, readChances } from '../chance.ts';
import { drawForLine } from '../line-draw.ts';

/** What can go wrong with the notification of an accepted line, by NOTIFY_FAULTS or a magic phone. */
export interface NotifyFault {
  readonly name: NotifyFaultName;
  /** The truth changes: the answer says Sent, then the telco refuses, and the book has the line with `credited: false`. */
  readonly telcoFails?: true;
}

export type NotifyFaultName =
  /** Never sent, until all are asked for. */
  | 'missing'
  /** A second time at once. */
  | 'twice'
  /** NOTIFY_LATE_MS later than the others. */
  | 'late'
  /** Before the answer to the send leaves. */
  | 'early'
  /** A Failed as well as the Success; which comes first is by the seed. */
  | 'contradicting'
  /** Request id and status only. */
  | 'minimal'
  | 'telco_failed'
  /** The Failed carries the duplicate text. */
  | 'duplicate_failed'
  /** Besides the truth a Failed for a request id that was never given. */
  | 'foreign'
  /** Before the truth a body that nobody can read. */
  | 'garbled';

export const NOTIFY_FAULTS: readonly NotifyFault[] = [
  { name: 'missing' },
  { name: 'twice' },
  { name: 'late' },
  { name: 'early' },
  { name: 'contradicting' },
  { name: 'minimal' },
  { name: 'telco_failed', telcoFails: true },
  { name: 'duplicate_failed', telcoFails: true },
  { name: 'foreign' },
  { name: 'garbled' },
];

/** By what a line's fault is decided. */
export interface NotifyRules {
  readonly chances: readonly Chance<NotifyFault>[];
  readonly seed: number;
  /** What the phone itself asks for. */
  readonly magic: (phone: number) => NotifyFaultName | undefined;
}

/** Reads `missing:50,twice:10`; undefined as readChances says. */
export function readNotifyFaults(listed: string): readonly Chance<NotifyFault>[] | undefined {
  return readChances(NOTIFY_FAULTS, listed);
}

/** The line as it is to be booked: with the fault that its notification meets, and what that does to the truth. */
export function withNotifyFault(
  credit: Credit,
  key: string | undefined,
  { chances, seed, magic }: NotifyRules,
): Credit {
  const asked = magic(credit.phone);
  const fault =
    asked === undefined
      ? byChance(chances, seed, key, credit)
      : NOTIFY_FAULTS.find(({ name }) => name === asked);
  // A Success for what was not credited would be a lie that nobody could ever find out.
  if (!fault || (fault.name === 'contradicting' && !credit.credited)) return credit;
  return {
    ...credit,
    credited: credit.credited && fault.telcoFails !== true,
    notifyFault: fault.name,
  };
}

/** Whether the seed puts the Failed of a contradicting pair before the Success. */
export function failedFirst(seed: number, key: string | undefined, credit: Credit): boolean {
  return drawForLine('notify', seed, key, credit).readUInt8(4) % 2 === 0;
}

function byChance(
  chances: readonly Chance<NotifyFault>[],
  seed: number,
  key: string | undefined,
  credit: Credit,
): NotifyFault | undefined {
  if (chances.length === 0) return undefined;
  return chanceMet(chances, drawForLine('notify', seed, key, credit).readUInt32BE(0));
}
