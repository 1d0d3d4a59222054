import { randomUUID } from 'node:crypto';
import { batchIdOf, currency, PAGE_ROWS, type InputRow, type Terms } from '@salio/domain';
import { parseCredential } from './credential.ts';
import { generateKeys, signText } from './keys.ts';
import { messageText } from './message-text.ts';
import type { PageMessage } from './message.ts';
import { signAsk, signClosing, signPage } from './sign-message.ts';

export const LEDGER_ID = 'ledger-1';
export const NOW = Date.UTC(2026, 0, 5, 8);
export const sourceKeys = generateKeys();
const ledgerKeys = generateKeys();
const credential = parseCredential(
  JSON.stringify({
    ledgerId: LEDGER_ID,
    source: 'payroll',
    privateKey: sourceKeys.privateKey,
    ledgerPublicKey: ledgerKeys.publicKey,
  }),
);
const subject = { clientReference: 'January 2026', expiresAt: NOW + 3_600_000 };

export function inputRow(overrides: Partial<InputRow> = {}): InputRow {
  const row = { phone: '+254711000001', amount: '10', currency: 'KES', reference: 'a', note: '' };
  return { ...row, ...overrides };
}

export function pageMessage(
  rows: readonly InputRow[] = [inputRow(), inputRow({ fault: 'row_malformed' })],
) {
  return signPage(credential, subject, { submission: randomUUID(), page: 3, rows });
}

/** Terms with all that a batch can be told. */
export const FURTHER_TERMS = {
  notBefore: Date.UTC(2026, 1),
  expiresAt: Date.UTC(2026, 2),
  quietHours: { from: '21:00', until: '08:00', zone: 'Africa/Nairobi' },
  corrects: 'December 2025',
} as const;

export function closingMessage(further: Partial<Terms> = {}) {
  const controlSums = [
    { currency: currency('UGX'), units: 5_000n },
    { currency: currency('KES'), units: 10n ** 23n },
  ];
  const declaration = {
    pages: 4,
    rows: 3 * PAGE_ROWS + 2,
    contentHash: 'ab'.repeat(32),
    controlSums,
  };
  const terms: Terms = { onRejections: 'hold', allowDuplicates: false, ...further };
  return signClosing(credential, subject, { submission: randomUUID(), declaration, terms });
}

export function askMessage() {
  const question = { question: 'outcomes', submission: randomUUID(), after: 5, limit: 10 } as const;
  return signAsk(credential, subject, { ask: randomUUID(), ...question });
}

/** What a source could sign that wants to speak of another source's batch. */
export function pageOfAnothersBatch(): PageMessage {
  const batchId = batchIdOf(LEDGER_ID, 'rewards', subject.clientReference);
  const forged = { ...pageMessage(), batchId };
  return { ...forged, signature: signText(messageText(forged), credential.privateKey) };
}
