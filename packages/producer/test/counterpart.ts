import { contentHash, mismatches, sumByCurrency, controlAmount } from '@salio/domain';
import {
  addressOf,
  connectRedis,
  declarationOf,
  disconnectRedis,
  formatCredential,
  generateKeys,
  openIntakeQueue,
  parseIntakeMessage,
  pushReplies,
  readPrivateKey,
  readPublicKey,
  rowsOf,
  toSumTuples,
  verifyMessage,
  type ClosingMessage,
  type IntakeMessage,
  type IntakeQueue,
  type PageMessage,
  type Reply,
  type VerdictReply,
} from '@salio/queue';
import { eventually } from '@salio/testkit';

/** A message as it lay in the queue. */
export interface Delivery {
  readonly jobId: string;
  readonly message: IntakeMessage;
}

/** What the ledger's side does with a delivery. */
export type Script = (delivery: Delivery) => Promise<void>;

/**
 * The other end of the queue, made to be difficult: it reads the jobs that the producer really put into Redis and answers
 * by script. Without one it is an honest ledger that keeps everything in memory.
 */
export interface Counterpart extends AsyncDisposable {
  /** Of the source that it expects. */
  readonly credential: string;
  readonly ledgerKey: string;
  readonly prefix: string;
  readonly deliveries: readonly Delivery[];
  script: Script;
  /** As an honest ledger would. */
  readonly answer: Script;
  /** Decides a submission, and tells nobody. */
  readonly decide: (message: ClosingMessage) => VerdictReply;
  /** Replies to an address; by another key where `signedBy` says so. */
  reply(address: string, replies: readonly Reply[], signedBy?: string): Promise<void>;
  /** Deletes every key of this test: what FLUSHALL is to an installation. */
  flush(): Promise<void>;
  /** Redis's maxmemory; 0 is none. */
  setMemory(bytes: string): Promise<void>;
}

type Job = Awaited<ReturnType<IntakeQueue['getJobs']>>[number];

const LEDGER_ID = 'ledger-1';
const SOURCE = 'payroll';
/** Between two looks into the queue; and no test is quiet for longer than this. */
const POLL = { everyMs: 3, timeoutMs: 60_000 };

export function startCounterpart(redisUrl: string, prefix: string): Counterpart {
  const ledger = generateKeys();
  const source = generateKeys();
  // While Redis is away there is nothing to read; what matters shows in the tests.
  const connection = connectRedis(redisUrl, 'worker', () => undefined);
  const queue = openIntakeQueue(connection, prefix, () => undefined);
  const stopping = new AbortController();
  const deliveries: Delivery[] = [];

  const reply: Counterpart['reply'] = (address, replies, signedBy = ledger.privateKey) =>
    pushReplies(connection, { prefix, address }, replies, {
      ledgerPrivateKey: readPrivateKey(signedBy),
      now: Date.now(),
    });
  const { answer, decide } = honest(reply);
  const counterpart: Counterpart = {
    credential: formatCredential({
      ledgerId: LEDGER_ID,
      source: SOURCE,
      privateKey: source.privateKey,
      ledgerPublicKey: ledger.publicKey,
    }),
    ledgerKey: ledger.privateKey,
    prefix,
    deliveries,
    script: answer,
    answer,
    setMemory: async (bytes) => {
      await connection.config('SET', 'maxmemory', bytes);
    },
    decide,
    reply,
    async flush() {
      for await (const keys of connection.scanStream({ match: `${prefix}*` })) {
        // safe because scanStream gives arrays of keys
        for (const key of keys as string[]) await connection.unlink(key);
      }
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      disconnectRedis(connection);
      await working;
    },
  };
  const take = async (job: Job) => {
    const message = parseIntakeMessage(job.data);
    const terms = { ledgerId: LEDGER_ID, now: Date.now() };
    const verified = verifyMessage(message, readPublicKey(source.publicKey), terms);
    if (!verified.ok) throw new Error(`the producer sent what is refused: ${verified.reason}`);
    await job.remove();
    const delivery = { jobId: job.id ?? '', message };
    deliveries.push(delivery);
    await counterpart.script(delivery);
  };
  const waiting = async () => {
    if (stopping.signal.aborted) return [];
    const jobs = await queue.getJobs(['waiting'], 0, 63, true);
    return jobs.length > 0 && jobs;
  };
  const work = async () => {
    while (!stopping.signal.aborted) {
      for (const job of await eventually(waiting, POLL)) await take(job);
    }
  };
  // What fails after the end is the connection that was cut.
  const working = work().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return counterpart;
}

export function ackOf({ batchId, submission, page, hash }: PageMessage): Reply {
  return { kind: 'ack', batchId, submission, page, hash };
}

/** An accepted batch without anything in it. */
export function verdictOf(
  { batchId }: Pick<IntakeMessage, 'batchId'>,
  overrides: Partial<VerdictReply> = {},
): VerdictReply {
  return {
    kind: 'verdict',
    batchId,
    submission: undefined,
    verdict: 'accepted',
    mismatches: [],
    missingPages: [],
    state: 'checked',
    rows: 0,
    lines: 0,
    rejected: 0,
    sums: [],
    contentHash: '',
    at: new Date().toISOString(),
    ...overrides,
  };
}

function honest(reply: Counterpart['reply']): Pick<Counterpart, 'answer' | 'decide'> {
  const pages = new Map<string, Map<number, PageMessage>>();
  const verdicts = new Map<string, VerdictReply>();
  /** Content hashes of accepted batches. */
  const accepted = new Map<string, string>();

  const decide = (message: ClosingMessage): VerdictReply => {
    const decided = verdicts.get(message.submission);
    if (decided) return decided;
    const received = [...(pages.get(message.submission)?.values() ?? [])];
    const verdict = judge(message, received, accepted.get(message.batchId));
    verdicts.set(message.submission, verdict);
    if (verdict.verdict === 'accepted') accepted.set(message.batchId, verdict.contentHash);
    return verdict;
  };
  const answer: Script = async ({ message }) => {
    const address = addressOf(message);
    switch (message.kind) {
      case 'page': {
        const known = pages.get(message.submission) ?? new Map<number, PageMessage>();
        pages.set(message.submission, known.set(message.page, message));
        return reply(address, [ackOf(message)]);
      }
      case 'closing': {
        const { batchId, submission, declaration } = message;
        const { contentHash: declared } = declaration;
        const ack: Reply = { kind: 'closing_ack', batchId, submission, contentHash: declared };
        return reply(address, [ack, decide(message)]);
      }
      case 'ask': {
        const unknown = verdictOf(message, { submission: message.submission, verdict: 'unknown' });
        const known = message.submission
          ? verdicts.get(message.submission)
          : [...verdicts.values()].find(({ batchId }) => batchId === message.batchId);
        return reply(address, [known ?? { ...unknown, state: undefined }]);
      }
    }
  };
  return { answer, decide };
}

function judge(
  message: ClosingMessage,
  received: readonly PageMessage[],
  acceptedHash: string | undefined,
): VerdictReply {
  const inOrder = received.toSorted((a, b) => a.page - b.page);
  const rows = inOrder.flatMap(rowsOf);
  const found = {
    pages: inOrder.length,
    rows: rows.length,
    contentHash: contentHash(
      message.terms,
      rows.length,
      inOrder.map(({ hash }) => hash),
    ),
    controlSums: sumByCurrency(rows.map(controlAmount).filter((money) => money !== undefined)),
  };
  const differing = mismatches(declarationOf(message), found);
  const { submission } = message;
  const { contentHash: hash } = found;
  const sums = toSumTuples(found.controlSums);
  const whole = { submission, rows: rows.length, lines: rows.length, contentHash: hash, sums };
  if (differing.length > 0) {
    return verdictOf(message, { ...whole, verdict: 'refused', mismatches: differing });
  }
  if (acceptedHash === undefined) return verdictOf(message, whole);
  return verdictOf(message, { ...whole, verdict: acceptedHash === hash ? 'same' : 'conflict' });
}
