import { mayDo } from '@salio/domain';
import { issueKey, KEY_LIFE_MAX_MS, readKeyPerson, revokeKey } from '@salio/ledger';
import { z } from 'zod';
import { moment, reason } from '../fields.ts';
import { operation } from '../operation.ts';
import { Forbidden } from '../problems.ts';
import { orderedBy, type Who } from '../who.ts';
import { personName } from './people.ts';

const DAY_MS = 86_400_000;
const DAYS_MAX = KEY_LIFE_MAX_MS / DAY_MS;

export const issueKeyOperation = operation({
  id: 'issueKey',
  // What is answered is a secret, and answers to keyed requests are kept.
  keyed: false,
  method: 'POST',
  path: '/v1/people/{person}/keys',
  tag: 'people',
  says: 'Make a key, and show it once',
  tells:
    'An admin makes keys of everybody, everybody else his own: so who got a key from an admin makes another one, and revokes the first.',
  roles: [],
  status: 201,
  params: z.strictObject({ person: personName }),
  body: z.strictObject({ days: z.int().min(1).max(DAYS_MAX).default(90) }).meta({ id: 'NewKey' }),
  answer: z
    .object({
      person: z.string(),
      prefix: z.string(),
      key: z.string().describe('A secret. It is shown here and never again.'),
      expiresAt: moment,
    })
    .meta({ id: 'IssuedKey' }),
  async run({ ledger }, who, { params, body }) {
    checkOwner(who, params.person);
    const lifeMs = body.days * DAY_MS;
    const { text, ...rest } = await issueKey(ledger, { ...orderedBy(who), ...params, lifeMs });
    return { ...rest, key: text };
  },
});

export const revokeKeyOperation = operation({
  id: 'revokeKey',
  method: 'POST',
  path: '/v1/keys/{prefix}/revoke',
  tag: 'people',
  says: 'Take a key no more',
  tells: 'From its next request on. An admin revokes keys of everybody, everybody else his own.',
  roles: [],
  params: z.strictObject({
    prefix: z.string().regex(/^[a-z0-9]{10}$/, 'is 10 letters and digits'),
  }),
  body: z.strictObject({ reason }),
  answer: z.object({ prefix: z.string(), revoked: z.literal(true) }),
  async run({ ledger }, who, { params, body }) {
    checkOwner(who, await readKeyPerson(ledger, params.prefix));
    await revokeKey(ledger, { ...orderedBy(who), ...params, ...body });
    return { ...params, revoked: true as const };
  },
});

function checkOwner(who: Who, person: string): void {
  if (who.via === 'database' || who.person === person || mayDo(who.roles, ['admin'])) return;
  throw new Forbidden('keys of others are made and revoked by an admin');
}
