import type { AirtimeProvider } from '@salio/airtime';
import type { DecisionTerms, SumLimits, WebhookTargets } from '@salio/domain';
import type { IntakeTerms, Ledger } from '@salio/ledger';

/** What operations work with. */
export interface Desk {
  readonly ledger: Ledger;
  /** Within which time the same phone and amount in another batch is a repeat, ms. */
  readonly repeatWithinMs: number;
  readonly decisions: DecisionTerms;
  /** How batches are taken in; absent: none are, here. */
  readonly intake?: IntakeTerms | undefined;
  /** Above so much a release takes another person than the one who submitted the batch; undefined: it never does. */
  readonly releaseAlone: SumLimits | undefined;
  /** What secrets of webhooks follow from, and where they may go; undefined: none can be made here. */
  readonly webhooks?: WebhookTerms | undefined;
  /** Public half of the ledger's key, which every credential of a source holds; undefined: none can be made. */
  readonly ledgerPublicKey: string | undefined;
  /** Who can be asked what became of a request id; undefined where no account of the provider is set. */
  readonly provider: Pick<AirtimeProvider, 'account' | 'enquire'> | undefined;
}

export interface WebhookTerms {
  /** The same as the scheduler's, which signs. */
  readonly key: string;
  readonly targets: WebhookTargets;
}
