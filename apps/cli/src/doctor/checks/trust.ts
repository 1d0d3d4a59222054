import { nameIncarnation, type Trust } from '@salio/ledger';
import { fail, ok, type Finding } from '../finding.ts';

export function judgeTrust(trust: Trust): Finding {
  switch (trust.kind) {
    case 'trusted':
      return ok(`${nameIncarnation(trust.now)} is trusted`);
    case 'untrusted':
      return fail(trust.reason, 'salio recover shows what would become of which lines');
    case 'in_recovery':
      return fail(trust.reason, 'name the primary in DATABASE_URL');
  }
}
