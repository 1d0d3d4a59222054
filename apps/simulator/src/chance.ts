/** Something that can go wrong, and the chance below which it is met unless one before it in the list was. */
export interface Chance<Fault> {
  readonly fault: Fault;
  readonly below: number;
}

/** Rates are cases per so many. */
const RATE_OF = 10_000;

/**
 * Reads `missing:50,twice:10` by a table of faults; undefined where a name is unknown or stands twice, or all rates exceed
 * RATE_OF.
 */
export function readChances<Fault extends { readonly name: string }>(
  table: readonly Fault[],
  listed: string,
): readonly Chance<Fault>[] | undefined {
  const chances: Chance<Fault>[] = [];
  let below = 0;
  for (const part of listed === '' ? [] : listed.split(',')) {
    const [, name, rate] = RATE.exec(part.trim()) ?? [];
    const fault = table.find((one) => one.name === name);
    if (!fault || chances.some((chance) => chance.fault === fault)) return undefined;
    below += Number(rate);
    chances.push({ fault, below });
  }
  return below > RATE_OF ? undefined : chances;
}

/** The fault that this whole number of 32 bits, drawn at random, stands for. */
export function chanceMet<Fault>(
  chances: readonly Chance<Fault>[],
  drawn: number,
): Fault | undefined {
  const chance = drawn % RATE_OF;
  return chances.find(({ below }) => chance < below)?.fault;
}

const RATE = /^(\w+):(\d{1,5})$/;
