import type { BalanceAnswer } from '@salio/airtime';
import { formatMoney } from '@salio/domain';
import { fail, ok, warn, type Finding } from '../finding.ts';

/** Whether the provider takes the key, and what the wallet holds. */
export function judgeBalance(answer: BalanceAnswer): Finding {
  if (answer.ok) {
    const says = `the key is taken; the wallet holds ${formatMoney(answer.balance)}`;
    return answer.balance.units > 0n ? ok(says) : warn(says, 'top it up: nothing can be paid');
  }
  const { reason } = answer;
  if (reason === 'http_401' || reason === 'http_403') {
    return fail(
      `the provider refuses the key (${reason})`,
      'AIRTIME_API_KEY must be that of AIRTIME_USERNAME; a new key takes some minutes',
    );
  }
  return fail(`no balance was told: ${reason}`, 'see that the provider can be reached from here');
}
