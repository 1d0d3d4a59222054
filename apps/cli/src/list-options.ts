import { parseMoney, type Money } from '@salio/domain';
import { parseMoment } from './moment.ts';
import { UsageError } from './usage-error.ts';

/** What a list may be cut down to in time. */
export interface TimeOptions {
  readonly from?: string;
  readonly to?: string;
}

/** Throws UsageError. */
export function parseTimes({ from, to }: TimeOptions): { from?: Date; to?: Date } {
  return {
    ...(from !== undefined && { from: parseMoment(from, '--from') }),
    ...(to !== undefined && { to: parseMoment(to, '--to') }),
  };
}

/** Reads `failed,unresolved`. Throws UsageError that lists those that are known. */
export function parseStates<State extends string>(
  text: string,
  known: readonly State[],
  option = '--state',
): [State, ...State[]] {
  const [first, ...rest] = text.split(',').map((piece) => {
    const state = known.find((each) => each === piece.trim());
    if (state === undefined)
      throw new UsageError(
        `${option} is of ${known.join(', ')}: "${piece.trim()}" is none of them`,
      );
    return state;
  });
  if (first === undefined) throw new UsageError(`${option} is of ${known.join(', ')}`);
  return [first, ...rest];
}

/** Throws UsageError that names the option. */
export function parseAmount(text: string, option: string): Money {
  const money = parseMoney(text);
  if (!money) throw new UsageError(`${option} is like "KES 1000.50", not ${JSON.stringify(text)}`);
  return money;
}

/** A whole number of an option. Throws UsageError. */
export function limitOf(text: string, maximum: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= maximum))
    throw new UsageError(`${text} is not a number of 0 to ${maximum}`);
  return value;
}
