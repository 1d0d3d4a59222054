import { adopt, findAdoptions, type AdoptionTerms, type Ledger } from '@salio/ledger';
import type { Enquirer } from './enquirer.ts';

/**
 * Finds the lines of request ids that no answer brought, and asks the provider before a line has one. What a stop keeps from
 * being asked is found again later.
 */
export async function adoptNews(deps: {
  readonly ledger: Ledger;
  readonly enquirer: Enquirer;
  readonly terms: AdoptionTerms;
}): Promise<{ adopted: number; passed: number }> {
  const { ledger, enquirer, terms } = deps;
  const asked = await enquirer.ask(async (limit) => {
    const proposals = await findAdoptions(ledger, { ...terms, account: enquirer.account, limit });
    return proposals.flatMap((proposal) =>
      proposal.requestIds.map((requestId) => ({ requestId, proposal })),
    );
  });
  const answers = Map.groupBy(asked, ({ proposal }) => proposal);
  const { adopted, passed } = await adopt(
    ledger,
    [...answers].map(([proposal, enquiries]) => ({ ...proposal, enquiries })),
    terms,
  );
  return { adopted, passed };
}
