import type { Control } from '@salio/ledger';
import { ok, warn, type Finding } from '../finding.ts';

export function judgeStops(controls: readonly Control[]): Finding {
  const stopped = controls.filter((control) => control.stopped);
  if (stopped.length === 0) return ok('nothing is stopped');
  const says = stopped.map(({ scope, reason }) => `${scope}: ${reason ?? 'no reason given'}`);
  return warn(`stopped: ${says.join('; ')}`, 'salio start lets claims go on');
}
