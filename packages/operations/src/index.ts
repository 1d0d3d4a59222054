export type { Desk } from './desk.ts';
export { events, readSubscription, type Subscription } from './live/events.ts';
export { asksPhones, type Export } from './exports/export.ts';
export { exports, type ExportKind } from './exports/exports.ts';
export { performExport } from './exports/perform-export.ts';
export { showBatch } from './batches/batch.ts';
export {
  checkRole,
  perform,
  performUpload,
  printAnswer,
  readAsked,
  readUploadQuery,
  type Asked,
  type AskedUpload,
  type Operation,
} from './operation.ts';
export { operations } from './operations.ts';
export * from './problems.ts';
export { orderedBy, seesOnly, type Who } from './who.ts';
export { openApiDocument } from './openapi.ts';
export {
  ApiProblem,
  ask,
  askExport,
  askUpload,
  type Answer,
  type ClientOptions,
  type ExportQuery,
  type FileGiven,
  type Given,
} from './client.ts';
export { askExportHere, askHere, askUploadHere } from './ask-here.ts';
