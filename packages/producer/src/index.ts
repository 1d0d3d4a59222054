export type { Rows } from './cut-pages.ts';
export {
  BatchConflict,
  BatchIncomplete,
  BatchRefused,
  BatchUnknown,
  EmptyBatch,
  LedgerContradiction,
  LedgerRefused,
  LedgerSilent,
  ProducerClosed,
  RowsFailed,
  SubmissionInvalid,
} from './errors.ts';
export type { ProducerLog } from './line.ts';
export { createProducer, type Producer, type ProducerOptions } from './producer.ts';
export { readCredential } from './read-credential.ts';
export type { BatchProgress, OutcomesPage, ReadOptions, RejectionsPage } from './read-batch.ts';
export { DEFAULT_SETTINGS, WINDOW_MAX, type ProducerSettings } from './settings.ts';
export type { BatchOptions, Progress, Submission } from './submission.ts';
export type { BatchVerdict } from './verdict.ts';
export type { VerdictOptions } from './wait-for-verdict.ts';
export { CredentialInvalid, type Outcome } from '@salio/queue';
export { parseQuietHours, type GivenRow, type QuietHours } from '@salio/domain';
