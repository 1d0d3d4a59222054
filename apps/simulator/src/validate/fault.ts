import { type Chance, chanceMet, readChances } from '../chance.ts';
import { type DrawnLine, drawForLine } from '../line-draw.ts';

/** What can go wrong while a line is validated, by VALIDATE_FAULTS or a magic phone. */
export interface ValidateFault {
  readonly name: ValidateFaultName;
}

export type ValidateFaultName =
  /** After a yes the same is asked once more, and only a second yes credits. */
  | 'repeated'
  /** The first answer is thrown away, and the same asked again. */
  | 'lost_answer'
  /** The same is asked twice at once; a yes to either credits. */
  | 'twice_at_once';

export const VALIDATE_FAULTS: readonly ValidateFault[] = [
  { name: 'repeated' },
  { name: 'lost_answer' },
  { name: 'twice_at_once' },
];

/** Reads `repeated:50,lost_answer:10`; undefined as readChances says. */
export function readValidateFaults(listed: string): readonly Chance<ValidateFault>[] | undefined {
  return readChances(VALIDATE_FAULTS, listed);
}

/** The fault that a line's validation meets by the seed. */
export function validateFaultOf(
  chances: readonly Chance<ValidateFault>[],
  seed: number,
  key: string | undefined,
  line: DrawnLine,
): ValidateFaultName | undefined {
  if (chances.length === 0) return undefined;
  return chanceMet(chances, drawForLine('validate', seed, key, line).readUInt32BE(0))?.name;
}
