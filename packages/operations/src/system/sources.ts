import { formatCredential, generateKeys } from '@salio/queue';
import {
  addSource,
  KEY_OVERLAP_MAX_MS,
  listSources,
  readLedgerId,
  revokeSource,
  rotateSource,
} from '@salio/ledger';
import { z } from 'zod';
import type { Desk } from '../desk.ts';
import { moment, reason } from '../fields.ts';
import { operation } from '../operation.ts';
import { Unavailable } from '../problems.ts';
import { orderedBy } from '../who.ts';

const HOUR_MS = 3_600_000;
const sourceName = z
  .string()
  .regex(/^[A-Za-z0-9][\w.-]{0,63}$/, 'is 1 to 64 letters, digits, ., - or _');
const sourceParams = z.strictObject({ source: sourceName });

const credential = z
  .object({
    source: z.string(),
    credential: z
      .string()
      .describe('A secret, for SOURCE_CREDENTIAL. It is shown here and never again.'),
  })
  .meta({ id: 'IssuedCredential' });

export const sourcesOperation = operation({
  id: 'listSources',
  method: 'GET',
  path: '/v1/sources',
  tag: 'system',
  says: 'The systems that may submit through the queue',
  tells: 'By name.',
  roles: ['operator', 'approver', 'auditor', 'admin'],
  answer: z.object({
    sources: z.array(
      z
        .object({
          name: z.string(),
          createdAt: moment,
          rotatedAt: moment.optional(),
          previousUntil: moment.optional().describe('Until when the key before is still taken.'),
          revokedAt: moment.optional(),
        })
        .meta({ id: 'Source' }),
    ),
  }),
  run: async ({ ledger }) => ({ sources: await listSources(ledger) }),
});

export const addSourceOperation = operation({
  id: 'addSource',
  // What is answered is a secret, and answers to keyed requests are kept.
  keyed: false,
  method: 'POST',
  path: '/v1/sources',
  tag: 'system',
  says: 'Let a system submit',
  tells: 'Its credential is shown once and kept nowhere.',
  roles: ['admin'],
  status: 201,
  body: z.strictObject({ name: sourceName }).meta({ id: 'NewSource' }),
  answer: credential,
  run: (desk, who, { body }) =>
    giveCredential(desk, body.name, (publicKey) =>
      addSource(desk.ledger, { ...orderedBy(who), name: body.name, publicKey }),
    ),
});

export const rotateSourceOperation = operation({
  id: 'rotateSource',
  // What is answered is a secret, and answers to keyed requests are kept.
  keyed: false,
  method: 'POST',
  path: '/v1/sources/{source}/rotate',
  tag: 'system',
  says: 'Give a source a new credential',
  tells: 'The old one is taken beside it for a while.',
  roles: ['admin'],
  params: sourceParams,
  body: z
    .strictObject({
      overlapHours: z
        .number()
        .min(0)
        .max(KEY_OVERLAP_MAX_MS / HOUR_MS)
        .default(24),
      reason: reason.optional(),
    })
    .meta({ id: 'SourceRotation' }),
  answer: credential,
  run: (desk, who, { params, body }) =>
    giveCredential(desk, params.source, (publicKey) =>
      rotateSource(desk.ledger, {
        ...orderedBy(who),
        name: params.source,
        publicKey,
        overlapMs: body.overlapHours * HOUR_MS,
        ...(body.reason !== undefined && { reason: body.reason }),
      }),
    ),
});

export const revokeSourceOperation = operation({
  id: 'revokeSource',
  method: 'POST',
  path: '/v1/sources/{source}/revoke',
  tag: 'system',
  says: 'Take nothing of a source any more',
  tells: 'What it has handed over stays; what has not arrived as a whole is abandoned.',
  roles: ['admin'],
  params: sourceParams,
  body: z.strictObject({ reason }),
  answer: z.object({ source: z.string(), revoked: z.literal(true) }),
  async run({ ledger }, who, { params, body }) {
    await revokeSource(ledger, { ...orderedBy(who), name: params.source, ...body });
    return { ...params, revoked: true as const };
  },
});

async function giveCredential(
  { ledger, ledgerPublicKey }: Desk,
  source: string,
  enter: (publicKey: string) => Promise<void>,
): Promise<z.output<typeof credential>> {
  if (ledgerPublicKey === undefined) {
    throw new Unavailable('the ledger’s public key is not set here: LEDGER_PUBLIC_KEY');
  }
  const { privateKey, publicKey } = generateKeys();
  const ledgerId = await readLedgerId(ledger);
  // Made before the key is entered: where it can't be made, nothing has changed.
  const text = formatCredential({ ledgerId, source, privateKey, ledgerPublicKey });
  await enter(publicKey);
  return { source, credential: text };
}
