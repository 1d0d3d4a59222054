import type { Provider } from '../provider.ts';
import { claimOfKey, claimOfLine } from '../book/asking.ts';
import type { Received } from './received.ts';
import type { AcceptedVerdict, Verdict } from './verdict.ts';

/** What a request claims while it waits for the answers: its key, where that counts, and what each phone is to be granted. */
export function claimsOf(
  { key, send }: Received,
  verdicts: readonly Verdict[],
  keyCounts: boolean,
): string[] {
  const claims = verdicts
    .filter((verdict) => verdict.kind === 'accepted')
    .map(({ phone, money }) =>
      claimOfLine(send.username, phone, money.currency, money.tenThousandths),
    );
  if (key !== undefined && keyCounts) claims.push(claimOfKey(send.username, key));
  return claims;
}

/** Has each line that is to be accepted validated, all at once; those without a yes become refused. */
export function validated(
  provider: Provider,
  received: Received,
  verdicts: readonly Verdict[],
): Promise<readonly Verdict[]> {
  return Promise.all(
    verdicts.map(async (verdict) =>
      verdict.kind === 'refused' ? verdict : validateOne(provider, received, verdict),
    ),
  );
}

async function validateOne(
  { validator }: Provider,
  { key, sourceIpAddress }: Received,
  verdict: AcceptedVerdict,
): Promise<Verdict> {
  const { phone, asked, money } = verdict;
  const said = await validator.ask({ ...money, phone, key, sourceIpAddress });
  if (validator.allows(said)) return verdict;
  return { kind: 'refused', asked, money, errorMessage: NOT_VALIDATED };
}

/** An invention: what a blocked line is told is unknown. */
const NOT_VALIDATED = 'Transaction validation failed';
