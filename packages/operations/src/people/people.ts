import { PERSON_KINDS, PERSON_NAME, ROLES } from '@salio/domain';
import { addPerson, changePerson, listPeople } from '@salio/ledger';
import { z } from 'zod';
import { moment, pageSize, reason, version } from '../fields.ts';
import { operation } from '../operation.ts';
import { orderedBy } from '../who.ts';

export const personName = z
  .string()
  .regex(PERSON_NAME, 'is 2 to 64 small letters, digits, ., -, _ or @');
const roles = z.array(z.enum(ROLES)).min(1).max(ROLES.length);

const person = z
  .object({
    name: z.string(),
    kind: z.enum(PERSON_KINDS),
    roles: z.array(z.enum(ROLES)).readonly(),
    source: z.string().nullable(),
    version,
    createdAt: moment,
    disabledAt: moment.nullable(),
    keys: z
      .array(
        z.object({
          prefix: z.string(),
          createdAt: moment,
          expiresAt: moment,
          revokedAt: moment.nullable(),
          usedAt: moment.nullable().describe('To the minute.'),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'Person' });

export const peopleOperation = operation({
  id: 'listPeople',
  method: 'GET',
  path: '/v1/people',
  tag: 'people',
  says: 'Who may use this API',
  tells: 'By name, with what is known of their keys.',
  roles: ['admin', 'auditor'],
  query: z.strictObject({ after: z.string().max(64).optional(), limit: pageSize }),
  answer: z
    .object({ people: z.array(person).readonly(), next: z.string().optional() })
    .meta({ id: 'People' }),
  async run({ ledger }, _who, { query }) {
    const { after, limit } = query;
    const people = await listPeople(ledger, { limit, ...(after !== undefined && { after }) });
    return { people, next: people.length < limit ? undefined : people.at(-1)?.name };
  },
});

export const addPersonOperation = operation({
  id: 'addPerson',
  method: 'POST',
  path: '/v1/people',
  tag: 'people',
  says: 'Let a person or a system use this API',
  tells:
    'A system may be submitter or auditor. A submitter submits for one source. Keys are issued apart.',
  roles: ['admin'],
  status: 201,
  body: z
    .strictObject({
      name: personName,
      kind: z.enum(PERSON_KINDS).default('person'),
      roles,
      source: z.string().min(1).max(64).optional(),
    })
    .meta({ id: 'NewPerson' }),
  answer: z.object({ name: z.string() }),
  async run({ ledger }, who, { body }) {
    const { source, ...rest } = body;
    await addPerson(ledger, {
      ...orderedBy(who),
      ...rest,
      ...(source !== undefined && { source }),
    });
    return { name: body.name };
  },
});

export const changePersonOperation = operation({
  id: 'changePerson',
  method: 'PATCH',
  path: '/v1/people/{person}',
  tag: 'people',
  says: 'Give somebody other roles, or disable him',
  tells: 'Nobody does so to himself, and one admin is left.',
  roles: ['admin'],
  params: z.strictObject({ person: personName }),
  body: z
    .strictObject({
      roles: roles.optional(),
      disabled: z.boolean().optional(),
      reason,
      version: version.optional(),
    })
    .meta({ id: 'PersonChange' }),
  answer: z.object({ name: z.string() }),
  async run({ ledger }, who, { params, body }) {
    await changePerson(ledger, {
      ...orderedBy(who),
      name: params.person,
      reason: body.reason,
      ...(body.roles && { roles: body.roles }),
      ...(body.disabled !== undefined && { disabled: body.disabled }),
      ...(body.version !== undefined && { version: body.version }),
    });
    return { name: params.person };
  },
});
