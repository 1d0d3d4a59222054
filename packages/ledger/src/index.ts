export { ALARMS_MAX, listAlarms, type Alarm, type AlarmsQuery } from './alarms/list-alarms.ts';
export * from './alarms/look-for-alarms.ts';
export * from './alarms/raise-alarms.ts';
export * from './alarms/tell-alarms.ts';
export { awaitSeal, type SealState } from './audit/await-seal.ts';
export { formatHead, parseHead, type Head } from './audit/block.ts';
export { describeProblem, type ChainProblem } from './audit/chain-problem.ts';
export { readHead } from './audit/read-blocks.ts';
export { NumbersWentBack, sealFacts, type Sealed, type SealTerms } from './audit/seal-facts.ts';
export {
  verifyChain,
  type ChainStart,
  type Verification,
  type VerifyOptions,
} from './audit/verify-chain.ts';
export * from './batch/complete-batch.ts';
export type { BatchOrder, MovedBatch } from './batch/move-batch.ts';
export { expireBatches } from './batch/expire-batches.ts';
export * from './batch/pause-batch.ts';
export { pauseStoppedBatch } from './batch/pause-stopped.ts';
export { readRepeats, type RepeatedBatch, type Repeats } from './batch/read-repeats.ts';
export { releaseBatch, type BoundTo, type ReleaseOrder } from './batch/release-batch.ts';
export type { ReleasePolicy } from './batch/release-by-policy.ts';
export * from './callbacks/answer-validations.ts';
export * from './callbacks/record-notifications.ts';
export * from './conflict.ts';
export * from './connection.ts';
export {
  readControls,
  startClaims,
  stopClaims,
  type Control,
  type ControlScope,
} from './control.ts';
export * from './discrepancy/list-discrepancies.ts';
export * from './discrepancy/step-discrepancy.ts';
export {
  confirmDecision,
  previewConfirmation,
  type ConfirmationOrder,
  type ConfirmedDecision,
} from './decide/confirm-decision.ts';
export type { DecisionSelection } from './decide/find-lines.ts';
export * from './decide/propose-decision.ts';
export type { DecisionProposal } from './decide/read-proposals.ts';
export { listDecisionRefusals, type DecisionRefusals, type Weighed } from './decide/weigh-lines.ts';
export * from './export/export-attempts.ts';
export * from './export/export-discrepancies.ts';
export { exportLines } from './export/export-lines.ts';
export { exportPostings, type PostingRowsQuery } from './export/export-postings.ts';
export { recordExportBegun, recordExportEnded, type ExportOrder } from './export/record-export.ts';
export * from './identity.ts';
export { checkSubmission, type CheckOptions } from './intake/check-submission.ts';
export * from './intake/clear-away.ts';
export { closeSubmission, type Closed, type Closing } from './intake/close-submission.ts';
export { RowsTooSlow } from './intake/rows-too-slow.ts';
export { submitRows, type IntakeTerms, type RowsToSubmit } from './intake/submit-rows.ts';
export type { SubmissionHead } from './intake/submission.ts';
export { takePage, type Page, type PageTaken } from './intake/take-page.ts';
export { tryRows, type TriedRows } from './intake/try-rows.ts';
export { readVerdict, type Verdict, type VerdictKind } from './intake/verdict.ts';
export { LOGIN_GROUPS, makeLogin, type LoginGroup } from './make-login.ts';
export * from './migrate.ts';
export * from './read/actions.ts';
export { countStatesOf, type StateCounts } from './read/batch-counts.ts';
export { authenticate, type Identity } from './people/authenticate.ts';
export { readCaps, type CapView } from './caps/read-caps.ts';
export { setCap, type CapOrder } from './caps/set-cap.ts';
export { changeFloat, type FloatChange } from './float/change-float.ts';
export { checkFloats, type FloatCheck, type FloatDifference } from './float/check-floats.ts';
export { enterPosting, type PostingEntered, type PostingOrder } from './float/enter-posting.ts';
export { forecastBatch, type BatchForecast, type LimitsForecast } from './float/forecast-limits.ts';
export { foldFloats } from './float/fold-floats.ts';
export { listPostings, type PostingsQuery, type PostingView } from './float/list-postings.ts';
export { readFloats, type Float } from './float/read-floats.ts';
export * from './people/idempotency.ts';
export * from './people/keys.ts';
export * from './people/people.ts';
export * from './read/batches.ts';
export { listLines, type LinesQuery, type LineView } from './read/lines.ts';
export * from './read/figures.ts';
export { readMigrations, type MigrationsLook } from './read/migrations.ts';
export { listRejections } from './read/rejections.ts';
export { countStates, reportBatch, type Report, type StateSum } from './read/report.ts';
export { readFactRights, type FactRight } from './read/rights.ts';
export { readSealing, UNSEALED_MAX, type SealingLook } from './read/sealing.ts';
export type { LineCursor, LineQuery, LineSearch } from './read/line-query.ts';
export { LIST_ROWS_MAX, LOOK_ROWS_MAX, type PageTerms, type Period } from './read/page-terms.ts';
export * from './read/search-lines.ts';
export { readServer, type ServerLook } from './read/server.ts';
export * from './read/story.ts';
export { tellStory, type StoryLine } from './read/tell-story.ts';
export * from './read/worklist.ts';
export { countClaimable, type Claimable } from './recover/count-claimable.ts';
export { nameIncarnation, readTrust, type Incarnation, type Trust } from './recover/read-trust.ts';
export * from './recover/recover-ledger.ts';
export type { Access, Ordered } from './operator.ts';
export * from './refused-data.ts';
export * from './resolve/apply-notifications.ts';
export * from './resolve/record-enquiries.ts';
export * from './resolve/take-due-enquiries.ts';
export * from './resolve/adopt.ts';
export * from './resolve/find-adoptions.ts';
export {
  readUnattributedNews,
  type UnattributedNews,
  type UnattributedNewsList,
} from './resolve/read-unattributed-news.ts';
export { emptyOld } from './retention/empty-old.ts';
export type { Emptied, RetentionOrder } from './retention/emptying.ts';
export { LINE_NUMBER_MAX, LINE_RANGES_MAX, type LineRange } from './retry/line-ranges.ts';
export * from './retry/retry-lines.ts';
export { awaitDoubt } from './send/await-doubt.ts';
export * from './send/dispatch-chunks.ts';
export { handBack } from './send/hand-back.ts';
export * from './send/lease-chunk.ts';
export * from './send/open-slice.ts';
export { NOTHING_KNOWN, readChunk, type KnownLines } from './send/read-chunk.ts';
export {
  recordAnswers,
  type Recorded,
  type RecordedAnswer,
  type RecordTerms,
} from './send/record-answers.ts';
export * from './send/rescue-chunks.ts';
export * from './sources.ts';
export { applyStatements } from './statement/apply-statements.ts';
export { discardStatements } from './statement/discard-statements.ts';
export * from './statement/import-statement.ts';
export * from './statement/read-statements.ts';
export { STATEMENT_FAULTS_MAX, StatementRefused } from './statement/statement-refused.ts';
export type { StatementPieces } from './statement/take-rows.ts';
export { foldTallies } from './tally/fold-tallies.ts';
export { addEndpoint, rotateEndpoint, type EndpointSecret } from './webhooks/add-endpoint.ts';
export { changeEndpoint, removeEndpoint } from './webhooks/change-endpoint.ts';
export { listDeliveries } from './webhooks/deliveries.ts';
export { listEndpoints, readEndpoint, type WebhookEndpoint } from './webhooks/endpoints.ts';
export { forgetWebhooks } from './webhooks/forget-webhooks.ts';
export { readLinePage, type LinePage, type ToldLine } from './webhooks/read-line-page.ts';
export * from './webhooks/record-webhook.ts';
export { redeliverWebhooks } from './webhooks/redeliver.ts';
export { settleWebhooks } from './webhooks/settle-webhooks.ts';
export { takeWebhooks, type WebhookToPost } from './webhooks/take-webhooks.ts';
export { tellProgress } from './webhooks/tell-progress.ts';
