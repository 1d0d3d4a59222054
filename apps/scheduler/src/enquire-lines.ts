import {
  LOOKS_AT_ONCE,
  recordEnquiries,
  takeDueEnquiries,
  type DueTerms,
  type Ledger,
  type TakenEnquiries,
} from '@salio/ledger';
import type { Enquirer } from './enquirer.ts';

/** Whom the ledger names for enquiries that nobody ordered. */
const OPERATOR = 'salio';
/** Looks in one round at most: a thousand chunks, and then counts are logged. */
const LOOKS_MAX = 200;

export interface EnquireDeps {
  readonly ledger: Ledger;
  /** Undefined: nobody can be asked, and only silence is looked for. */
  readonly enquirer: Enquirer | undefined;
  readonly terms: Omit<DueTerms, 'account'>;
  readonly stopping: AbortSignal;
}

/**
 * Looks at the lines whose news is due: asks the provider for some, records what it answers, and gives up waiting for others.
 * Until none is due or the budget is used up.
 */
export async function enquireLines(deps: EnquireDeps): Promise<{ asked: number; silent: number }> {
  const counts = { asked: 0, silent: 0 };
  for (let looks = 0; looks < LOOKS_MAX && !deps.stopping.aborted; looks += 1) {
    const { taken, asked } = await look(deps);
    counts.asked += asked;
    counts.silent += taken?.silent ?? 0;
    if (!taken || taken.chunks < LOOKS_AT_ONCE) break;
  }
  return counts;
}

/** `taken` is undefined where the budget is used up. */
async function look(
  deps: EnquireDeps,
): Promise<{ taken: TakenEnquiries | undefined; asked: number }> {
  const { ledger, enquirer } = deps;
  const terms: DueTerms = { ...deps.terms, account: enquirer?.account };
  if (!enquirer) return { taken: await takeDueEnquiries(ledger, terms, 0), asked: 0 };
  let taken: TakenEnquiries | undefined;
  const told = await enquirer.ask(async (limit) => {
    taken = await takeDueEnquiries(ledger, terms, limit);
    return taken.enquiries;
  });
  return { taken, asked: await recordEnquiries(ledger, told, OPERATOR) };
}
