import { adopt, findAdoptions, type Adopted, type AdoptionTerms, type Ledger } from '@salio/ledger';
import type { Enquirer } from './enquirer.ts';

const NONE: Adopted = { adopted: 0, passed: 0 };

/**
 * Finds the lines of request ids that no answer brought, and asks the provider before a line has one. What a stop keeps from
 * being asked is found again later. Nothing is adopted where nobody can be asked.
 */
export async function adoptNews(deps: {
  readonly ledger: Ledger;
  readonly enquirer: Enquirer | undefined;
  readonly terms: AdoptionTerms;
}): Promise<Adopted> {
  const { ledger, enquirer, terms } = deps;
  if (!enquirer) return NONE;
  const asked = await enquirer.ask(async (limit) => {
    const proposals = await findAdoptions(ledger, { ...terms, account: enquirer.account, limit });
    return proposals.flatMap((proposal) =>
      proposal.requestIds.map((requestId) => ({ requestId, proposal })),
    );
  });
  const answers = Map.groupBy(asked, ({ proposal }) => proposal);
  const proposals = [...answers].map(([proposal, enquiries]) => ({ ...proposal, enquiries }));
  return adopt(ledger, proposals, terms);
}
