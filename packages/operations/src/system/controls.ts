import { readControls, readTrust, startClaims, stopClaims, type ControlScope } from '@salio/ledger';
import { z } from 'zod';
import { reason } from '../fields.ts';
import { operation } from '../operation.ts';
import { orderedBy } from '../who.ts';

/** `system`, or one account of the provider. */
const scope = z.codec(
  z
    .string()
    .max(200)
    .regex(/^(system|account:.+)$/, 'is system or account:NAME'),
  z.custom<ControlScope>(),
  // safe because of the pattern
  { decode: (text) => text as ControlScope, encode: (value) => value },
);

export const controlsOperation = operation({
  id: 'readControls',
  method: 'GET',
  path: '/v1/controls',
  tag: 'system',
  says: 'What is stopped',
  tells: 'The system and each account of the provider, and whether this database is trusted.',
  roles: ['operator', 'approver', 'auditor', 'admin'],
  answer: z
    .object({
      trusted: z.boolean(),
      untrustedBecause: z.string().optional(),
      controls: z.array(
        z.object({ scope: z.string(), stopped: z.boolean(), reason: z.string().nullable() }),
      ),
    })
    .meta({ id: 'Controls' }),
  async run({ ledger }) {
    const [controls, trust] = await Promise.all([readControls(ledger), readTrust(ledger)]);
    if (trust.kind === 'trusted') return { trusted: true, controls };
    return { trusted: false, untrustedBecause: trust.reason, controls };
  },
});

export const stopOperation = operation({
  id: 'stopClaims',
  method: 'POST',
  path: '/v1/stop',
  tag: 'system',
  says: 'Stop new sends of everything, or of one account',
  tells: 'At once; what is in flight is still recorded.',
  roles: ['operator', 'approver', 'admin'],
  body: z.strictObject({ scope: scope.default('system'), reason }).meta({ id: 'StopOrder' }),
  answer: z.object({
    scope: z.string(),
    stopped: z.boolean().describe('False where it was stopped already.'),
  }),
  async run({ ledger }, who, { body }) {
    return { scope: body.scope, stopped: await stopClaims(ledger, { ...orderedBy(who), ...body }) };
  },
});

export const startOperation = operation({
  id: 'startClaims',
  method: 'POST',
  path: '/v1/start',
  tag: 'system',
  says: 'Let sends go on that were stopped',
  tells: 'Batches that were paused for it are resumed; those that a person paused stay so.',
  roles: ['operator', 'approver', 'admin'],
  body: z
    .strictObject({ scope: scope.optional().describe('Absent: all that is stopped.'), reason })
    .meta({ id: 'StartOrder' }),
  answer: z.object({ started: z.array(z.string()) }),
  async run({ ledger }, who, { body }) {
    const named = body.scope === undefined ? {} : { scope: body.scope };
    const started = await startClaims(ledger, { ...orderedBy(who), ...named, reason: body.reason });
    return { started };
  },
});
