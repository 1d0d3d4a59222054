import { BATCH_STATES, LINE_STATES } from '@salio/domain';
import { countClaimable, readProposal, readTrust, recoverLedger } from '@salio/ledger';
import { z } from 'zod';
import { count, moment, money, reason } from '../fields.ts';
import { operation } from '../operation.ts';
import { orderedBy } from '../who.ts';

const incarnation = z.object({ systemIdentifier: z.string(), timeline: z.int() });

export const trustOperation = operation({
  id: 'readTrust',
  method: 'GET',
  path: '/v1/recovery',
  tag: 'system',
  says: 'Whether this database is trusted, and what a recovery would do',
  tells:
    'After a promotion or a restore nothing is sent until two people have recovered it. Counting reads every line of the ledger.',
  roles: ['operator', 'approver', 'auditor', 'admin'],
  answer: z
    .object({
      kind: z.enum(['trusted', 'untrusted', 'in_recovery']),
      now: incarnation.optional(),
      reason: z.string().optional(),
      proposal: z
        .object({ operator: z.string(), reason: z.string().nullable(), at: moment })
        .optional(),
      claimable: z.array(
        z.object({
          batch: z.enum(BATCH_STATES),
          state: z.enum(LINE_STATES),
          batches: count,
          lines: count,
          amount: money,
        }),
      ),
    })
    .meta({ id: 'Trust' }),
  async run({ ledger }) {
    const trust = await readTrust(ledger);
    if (trust.kind !== 'untrusted') return { ...trust, claimable: [] };
    const proposal = await readProposal(ledger, trust.now);
    return { ...trust, proposal, claimable: await countClaimable(ledger) };
  },
});

export const recoverOperation = operation({
  id: 'recoverLedger',
  method: 'POST',
  path: '/v1/recovery',
  tag: 'system',
  says: 'Let a database be used that was promoted or restored',
  tells: `The first person's order is a proposal; the same order of another person does it: everything that could be claimed becomes unresolved,
    and this database is trusted.`,
  roles: ['approver'],
  body: z
    .strictObject({
      reason,
      accounts: z
        .array(z.string().min(1).max(200))
        .max(100)
        .default([])
        .describe('Of the provider, that were used, besides those that the ledger knows.'),
    })
    .meta({ id: 'RecoveryOrder' }),
  answer: z
    .object({
      kind: z.enum(['proposed', 'recovered']),
      now: incarnation,
      accounts: z.array(z.string()).readonly(),
      hours: count.optional(),
      operators: z.array(z.string()).readonly().optional(),
      lines: count.optional(),
      chunks: count.optional(),
    })
    .meta({ id: 'Recovery' }),
  run: ({ ledger }, who, { body }) => recoverLedger(ledger, { ...orderedBy(who), ...body }),
});
