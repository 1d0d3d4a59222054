import { hash } from 'node:crypto';
import { type Chance, chanceMet } from '../chance.ts';
import type { Fault } from '../fault.ts';
import type { Received } from './received.ts';

/** A fault that a request meets, with all that the seed decides of it. */
export interface Met {
  readonly fault: Fault;
  readonly reaches: Exclude<Fault['reaches'], 'before'>;
  /** Chooses among lines, or how many; any whole number of 32 bits. */
  readonly pick: number;
}

/**
 * Who a request is to the faults, as 16 hex digits: its key, or without one its phones and amounts. At a million requests
 * two of them share one once in thirty million runs.
 */
export function identityOf({ key, send }: Received): string {
  const asked = send.recipients.flatMap(({ phoneNumber, amount }) => [phoneNumber, amount]);
  const said = key === undefined ? ['asked', ...asked] : ['key', key];
  return hash('sha256', JSON.stringify(said)).slice(0, 16);
}

/** Follows from its arguments alone: not from time, nor from what else arrived. */
export function faultMet(
  chances: readonly Chance<Fault>[],
  seed: number,
  identity: string,
  cameBefore: number,
): Met | undefined {
  const drawn = hash('sha256', `${seed} ${identity} ${cameBefore}`, 'buffer');
  const fault = chanceMet(chances, drawn.readUInt32BE(0));
  if (!fault) return undefined;
  const before = drawn.readUInt8(4) % 2 === 0 ? 'received' : 'turned_away';
  const reaches = fault.reaches === 'before' ? before : fault.reaches;
  return { fault, reaches, pick: drawn.readUInt32BE(8) };
}
