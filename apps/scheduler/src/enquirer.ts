import type { AirtimeProvider, EnquiryAnswer } from '@salio/airtime';
import type { Pace } from '@salio/queue';

/** Asks the provider what became of its request ids, within the budget that all schedulers share. */
export interface Enquirer {
  /** The provider account that it asks with: other accounts' ids are unknown there. */
  readonly account: string;
  /**
   * Lets `choose` pick at most `limit` requests (as many as the budget has now) and asks for them. It is not called where
   * nothing may be asked now. Trouble is an answer (unknown); what a stop keeps from being answered is left out.
   */
  ask<Request extends EnquiryRequest>(
    choose: (limit: number) => Promise<readonly Request[]>,
  ): Promise<readonly Asked<Request>[]>;
}

export interface EnquiryRequest {
  readonly requestId: string;
}

/** A request with its answer. */
export type Asked<Request extends EnquiryRequest> = Request & EnquiryAnswer;

/** Asked for in one go: with the answers of a slow provider still recorded within minutes. */
const REQUESTS_MAX = 100;
/** Under way at once: polite to the provider, and enough for some ten a second. */
export const ENQUIRIES_AT_ONCE = 8;

export function createEnquirer(deps: {
  readonly provider: Pick<AirtimeProvider, 'account' | 'enquire'>;
  /** Of enquiries alone. */
  readonly pace: Pick<Pace, 'take' | 'giveBack'>;
  readonly stopping: AbortSignal;
}): Enquirer {
  const { provider, pace, stopping } = deps;
  return {
    account: provider.account,
    async ask(choose) {
      if (stopping.aborted) return [];
      const permits = await pace.take(REQUESTS_MAX);
      if (permits.kind !== 'granted') return [];
      const chosen = await choose(permits.requests);
      const unused = permits.requests - chosen.length;
      if (unused > 0) await pace.giveBack({ requests: unused, recipients: 0, trial: 0 });
      return askAll(provider, chosen, stopping);
    },
  };
}

async function askAll<Request extends EnquiryRequest>(
  provider: Pick<AirtimeProvider, 'enquire'>,
  requests: readonly Request[],
  stopping: AbortSignal,
): Promise<Asked<Request>[]> {
  const asked: Asked<Request>[] = [];
  const left = requests.values();
  const work = async () => {
    for (const request of left) {
      if (stopping.aborted) return;
      const answer = await provider.enquire(request.requestId, stopping);
      if (answer.status === 'unknown' && stopping.aborted) return;
      asked.push({ ...request, ...answer });
    }
  };
  await Promise.all(Array.from({ length: Math.min(ENQUIRIES_AT_ONCE, requests.length) }, work));
  return asked;
}
