import {
  cancelOperation,
  pauseOperation,
  releaseOperation,
  resumeOperation,
} from './batches/orders.ts';
import { forecastOperation } from './batches/forecast.ts';
import { rejectionsOperation, reportOperation } from './batches/report.ts';
import { retryOperation } from './batches/retry.ts';
import { readBatchOperation } from './batches/show-batch.ts';
import { listBatchesOperation } from './batches/list-batches.ts';
import { capsOperation, setCapOperation } from './float/caps.ts';
import { changeFloatOperation, floatsOperation } from './float/floats.ts';
import { enterPostingOperation, postingsOperation } from './float/postings.ts';
import { explainLineOperation, listLinesOperation } from './lines/batch-lines.ts';
import { searchLinesOperation } from './lines/search-lines.ts';
import { actionsOperation } from './system/actions.ts';
import { submitOperation } from './batches/submit.ts';
import { issueKeyOperation, revokeKeyOperation } from './people/keys.ts';
import { alarmsOperation } from './live/alarms.ts';
import { meOperation } from './people/me.ts';
import { addPersonOperation, changePersonOperation, peopleOperation } from './people/people.ts';
import { controlsOperation, startOperation, stopOperation } from './system/controls.ts';
import { recoverOperation, trustOperation } from './system/recovery.ts';
import {
  addSourceOperation,
  revokeSourceOperation,
  rotateSourceOperation,
  sourcesOperation,
} from './system/sources.ts';
import { discrepanciesOperation } from './statements/discrepancies.ts';
import { importStatementOperation } from './statements/import-statement.ts';
import { listStatementsOperation, readStatementOperation } from './statements/list-statements.ts';
import {
  closeDiscrepancyOperation,
  explainDiscrepancyOperation,
  reopenDiscrepancyOperation,
  takeDiscrepancyOperation,
} from './statements/step-discrepancy.ts';
import { confirmOperation, proposeOperation } from './worklist/decisions.ts';
import {
  addWebhookOperation,
  changeWebhookOperation,
  removeWebhookOperation,
  rotateWebhookOperation,
  webhooksOperation,
} from './webhooks/endpoints.ts';
import { deliveriesOperation, redeliverOperation } from './webhooks/deliveries.ts';
import { worklistOperation } from './worklist/worklist.ts';

/** Everything that one can ask of the ops API, by what it is about. */
export const operations = {
  listBatches: listBatchesOperation,
  submitBatch: submitOperation,
  readBatch: readBatchOperation,
  forecastBatch: forecastOperation,
  reportBatch: reportOperation,
  listRejections: rejectionsOperation,
  releaseBatch: releaseOperation,
  pauseBatch: pauseOperation,
  resumeBatch: resumeOperation,
  cancelBatch: cancelOperation,
  retryLines: retryOperation,
  searchLines: searchLinesOperation,
  listLines: listLinesOperation,
  explainLine: explainLineOperation,
  readWorklist: worklistOperation,
  proposeDecision: proposeOperation,
  confirmDecision: confirmOperation,
  listFloats: floatsOperation,
  changeFloat: changeFloatOperation,
  listPostings: postingsOperation,
  enterPosting: enterPostingOperation,
  listCaps: capsOperation,
  setCap: setCapOperation,
  importStatement: importStatementOperation,
  listStatements: listStatementsOperation,
  readStatement: readStatementOperation,
  listDiscrepancies: discrepanciesOperation,
  takeDiscrepancy: takeDiscrepancyOperation,
  explainDiscrepancy: explainDiscrepancyOperation,
  closeDiscrepancy: closeDiscrepancyOperation,
  reopenDiscrepancy: reopenDiscrepancyOperation,
  readMe: meOperation,
  listPeople: peopleOperation,
  addPerson: addPersonOperation,
  changePerson: changePersonOperation,
  issueKey: issueKeyOperation,
  revokeKey: revokeKeyOperation,
  listActions: actionsOperation,
  listAlarms: alarmsOperation,
  readControls: controlsOperation,
  stopClaims: stopOperation,
  startClaims: startOperation,
  listSources: sourcesOperation,
  addSource: addSourceOperation,
  rotateSource: rotateSourceOperation,
  revokeSource: revokeSourceOperation,
  listWebhooks: webhooksOperation,
  addWebhook: addWebhookOperation,
  changeWebhook: changeWebhookOperation,
  rotateWebhook: rotateWebhookOperation,
  removeWebhook: removeWebhookOperation,
  listDeliveries: deliveriesOperation,
  redeliverWebhook: redeliverOperation,
  readTrust: trustOperation,
  recoverLedger: recoverOperation,
} as const;
