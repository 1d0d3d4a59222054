import { ROLES } from '@salio/domain';
import { z } from 'zod';
import { operation } from '../operation.ts';

export const meOperation = operation({
  id: 'readMe',
  method: 'GET',
  path: '/v1/me',
  tag: 'people',
  says: 'Whose key this is',
  tells: 'The person, its roles, and the source that it submits for.',
  roles: [],
  answer: z
    .object({
      person: z.string(),
      kind: z.enum(['person', 'system', 'database']),
      roles: z.array(z.enum(ROLES)).readonly(),
      source: z.string().optional(),
      key: z.string().optional().describe('Prefix of the key.'),
    })
    .meta({ id: 'Me' }),
  run: async (_desk, who) =>
    who.via === 'database'
      ? { person: who.person, kind: 'database' as const, roles: ROLES }
      : { person: who.person, kind: who.kind, roles: who.roles, source: who.source, key: who.key },
});
