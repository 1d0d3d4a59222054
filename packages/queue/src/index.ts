export { CHUNK_JOB_OPTIONS, chunkJobId, parseChunkJob, type ChunkJob } from './chunk-job.ts';
export {
  connectRedis,
  disconnectRedis,
  type ConnectionRole,
  type RedisConnection,
} from './connection.ts';
export {
  CredentialInvalid,
  formatCredential,
  parseCredential,
  type Credential,
  type CredentialTexts,
} from './credential.ts';
export {
  readReply,
  REPLY_LENGTH_MAX,
  REPLY_SKEW_MAX_MS,
  sealReply,
  type ReplyFault,
  type ReplyReading,
} from './envelope.ts';
export { checkClientReference, ID_MAX, SUM_CURRENCIES_MAX } from './fields.ts';
export { JobInvalid } from './job-invalid.ts';
export {
  generateKeys,
  KeyInvalid,
  publicKeyOf,
  readPrivateKey,
  readPublicKey,
  type KeyTexts,
} from './keys.ts';
export {
  addressOf,
  ASK_ITEMS_MAX,
  declarationOf,
  PROTOCOL_VERSION,
  QUESTIONS,
  rowsOf,
  type AskMessage,
  type ClosingMessage,
  type DeclarationWire,
  type IntakeMessage,
  type MessageHead,
  type PageMessage,
  type Question,
} from './message.ts';
export {
  CHUNK_QUEUE,
  checkPrefix,
  DEFAULT_PREFIX,
  INTAKE_QUEUE,
  paceKey,
  replyKey,
} from './names.ts';
export {
  openPace,
  type Pace,
  type PaceWait,
  type Permits,
  type ToldSign,
  type UnusedPermits,
} from './pace/pace.ts';
export { readPace, type PaceLook } from './pace/read-pace.ts';
export type { PaceTerms } from './pace/terms.ts';
export { PAGES_MAX, parseIntakeMessage } from './parse-message.ts';
export { pushReplies, REPLIES_MAX, REPLY_TTL_S } from './push-replies.ts';
export { readQueueDepths, type QueueDepth } from './queue-depths.ts';
export {
  addChunkJobs,
  addIntakeMessage,
  CHUNK_ADDS_MAX,
  INTAKE_JOB_BYTES_MAX,
  INTAKE_JOB_OPTIONS,
  intakeJobId,
  openChunkQueue,
  openIntakeQueue,
  type ChunkOrder,
  type ChunkQueue,
  type IntakeQueue,
} from './queues.ts';
export { assertRedisFit, isTooOld, RedisUnfit } from './redis-fit.ts';
export { lookAtRedis, type QueueLook, type RedisLook } from './redis-look.ts';
export {
  DETAIL_MAX,
  MISSING_PAGES_MAX,
  REFUSAL_REASONS,
  VERDICTS,
  type AckReply,
  type ClosingAckReply,
  type Outcome,
  type OutcomesReply,
  type RefusalReason,
  type RefusalReply,
  type RejectionsReply,
  type Reply,
  type Verdict,
  type VerdictReply,
} from './reply.ts';
export { fromRowTuple, toRowTuple, type RowTuple } from './row-tuple.ts';
export {
  signDocument,
  verifyDocument,
  type DocumentReading,
  type SignedDocument,
} from './signed-document.ts';
export { signAsk, signClosing, signPage, type Subject } from './sign-message.ts';
export { fromSumTuples, toSumTuples, type SumTuple } from './sums.ts';
export { takeReplies, type FoundReply } from './take-replies.ts';
export {
  MESSAGE_FAULTS,
  MESSAGE_LIFE_MAX_MS,
  verifyMessage,
  type MessageFault,
  type Verification,
} from './verify-message.ts';
