export type { Desk } from './desk.ts';
export { events, readSubscription, type Subscription } from './live/events.ts';
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
  askUpload,
  type Answer,
  type ClientOptions,
  type FileGiven,
  type Given,
} from './client.ts';
export { askHere, askUploadHere } from './ask-here.ts';
