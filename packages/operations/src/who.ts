import type { PersonKind, Role } from '@salio/domain';
import type { Ordered } from '@salio/ledger';

/** Who asks for an operation: by a key of the ops API, or whoever has the database, which is break-glass. */
export type Who =
  | {
      readonly via: 'api';
      readonly person: string;
      readonly kind: PersonKind;
      readonly roles: readonly Role[];
      /** The source that a submitter submits for. */
      readonly source: string | undefined;
      /** Prefix of the key. */
      readonly key: string;
      /** The address that the request came from. */
      readonly from: string;
    }
  | { readonly via: 'database'; readonly person: string };

/** What the ledger writes down of who gave an order. */
export function orderedBy(who: Who): Ordered {
  if (who.via === 'database') return { operator: who.person };
  return { operator: who.person, access: { via: 'api', key: who.key, from: who.from } };
}

/** Who sees everything; the others see their own source alone. */
const SEE_ALL: readonly Role[] = ['operator', 'approver', 'auditor', 'admin'];

/** The only source whose batches may be seen; undefined: all. Who is of no source sees those of none. */
export function seesOnly(who: Who): string | undefined {
  if (who.via === 'database') return undefined;
  if (who.roles.some((role) => SEE_ALL.includes(role))) return undefined;
  return who.source ?? '';
}
