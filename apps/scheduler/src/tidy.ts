import {
  abandonBatches,
  completeBatches,
  discardStatements,
  discardSubmissions,
  expireBatches,
  forgetKeyed,
  forgetWebhooks,
  type Ledger,
} from '@salio/ledger';

/** What processes that died left undone, and what submitters left behind. */
export async function tidy(deps: {
  readonly ledger: Ledger;
  /** How long a batch may receive without a new page, ms. */
  readonly abandonAfterMs: number;
}): Promise<
  Readonly<
    Record<'completed' | 'expired' | 'discarded' | 'abandoned' | 'statements' | 'forgotten', number>
  >
> {
  return {
    completed: await completeBatches(deps.ledger),
    expired: await expireBatches(deps.ledger),
    discarded: await discardSubmissions(deps.ledger),
    abandoned: await abandonBatches(deps.ledger, deps.abandonAfterMs),
    statements: await discardStatements(deps.ledger, deps.abandonAfterMs),
    forgotten: (await forgetKeyed(deps.ledger)) + (await forgetWebhooks(deps.ledger)),
  };
}
