import type { ServerLook } from '@salio/ledger';
import { fail, ok, type Finding } from '../finding.ts';

/** Without these a crash of the machine can lose the record of a send; Salio sets synchronous_commit itself where it matters. */
export function judgeDurability(
  look: Pick<ServerLook, 'fsync' | 'fullPageWrites' | 'synchronousCommit'>,
): Finding {
  const settings = [
    ['fsync', look.fsync],
    ['full_page_writes', look.fullPageWrites],
  ] as const;
  const off = settings.filter(([, value]) => value !== 'on').map(([name]) => name);
  const says = [...settings, ['synchronous_commit', look.synchronousCommit] as const]
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return off.length > 0
    ? fail(says, `switch on ${off.join(' and ')}: a crash may lose what was paid`)
    : ok(says);
}
