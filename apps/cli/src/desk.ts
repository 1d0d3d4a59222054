import process from 'node:process';
import { Conflict, NotFound, openLedger, type ConflictKind } from '@salio/ledger';
import {
  ApiProblem,
  ask,
  askExport,
  askExportHere,
  askHere,
  askUploadHere,
  type Answer,
  type ClientOptions,
  asksPhones,
  type Desk,
  type Export,
  type ExportQuery,
  type Given,
  type Operation,
  type ProblemCode,
  type Who,
} from '@salio/operations';
import { publicKeyOf, readPrivateKey } from '@salio/queue';
import { isLost } from './lost.ts';
import { findProvider, type OpenProvider } from './provider.ts';
import { settings } from './settings.ts';
import { uploadOnce, type FileToSend } from './upload.ts';

/** Where commands ask for operations. None of them knows whether that is the ops API or the database. */
export interface OpenDesk extends AsyncDisposable {
  /** Throws Conflict, NotFound, ApiProblem, and what tells of a connection that failed: alike, whichever way it goes. */
  ask<Op extends Operation>(op: Op, given: Given<Op>): Promise<Answer<Op>>;
  /** The same with a file. What is lost on the way may be sent again: throws FileUnreadable as well, and nothing is in doubt. */
  askUpload<Op extends Operation>(op: Op, file: FileToSend<Op>): Promise<Answer<Op>>;
  /** A file, as it comes. Throws alike: after the first piece it means that the file is not whole. */
  export<Op extends Export>(op: Op, query: ExportQuery<Op>): AsyncIterable<Uint8Array>;
}

/** The longest answer: a retry asks the provider a thousand times first, which takes a minute or two. */
const API_TIMEOUT_MS = 300_000;
/** A file of the largest size over a slow line. */
const UPLOAD_TIMEOUT_MS = 7_200_000;

/** With SALIO_API_URL the ops API, with the person's own key; otherwise the database, which is break-glass. Throws SettingsError. */
export function openDesk(): OpenDesk {
  const api = settings.api();
  return api ? overApi({ ...api, timeoutMs: API_TIMEOUT_MS }) : onDatabase();
}

function overApi(options: ClientOptions): OpenDesk {
  return {
    ask: (op, given) =>
      ask(options, op, given).catch((error: unknown) => {
        throw op.method !== 'GET' && isLost(error) ? new InDoubt(error) : asLedgerSays(error);
      }),
    askUpload: (op, file) =>
      uploadOnce({ ...options, timeoutMs: UPLOAD_TIMEOUT_MS }, op, file).catch((error: unknown) => {
        throw asLedgerSays(error);
      }),
    async *export(op, query) {
      try {
        yield* askExport(options, op, query);
      } catch (error) {
        throw asLedgerSays(error);
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** An order went out, and no answer came back. */
class InDoubt extends Error {
  readonly code = 'COMMIT_IN_DOUBT';
  override readonly name = 'InDoubt';

  constructor(cause: unknown) {
    super('the ops API did not answer: it may be done, so look before you try again', { cause });
  }
}

const CONFLICTS: Readonly<Partial<Record<ProblemCode, ConflictKind>>> = {
  conflict: 'state',
  version_changed: 'version',
  second_person: 'second_person',
  repeats: 'repeats',
};

/** As it would be straight on the database: scripts see the same codes. */
function asLedgerSays(error: unknown): unknown {
  if (!(error instanceof ApiProblem)) return error;
  const { code } = error.problem;
  if (code === 'not_found') return new NotFound(error.message);
  const kind = CONFLICTS[code];
  return kind ? new Conflict(error.message, kind) : error;
}

function onDatabase(): OpenDesk {
  const ledger = openLedger({
    url: settings.deskDatabaseUrl(),
    name: 'salio-cli',
    connections: 2,
  });
  let provider: OpenProvider | undefined;
  const desk: Desk = {
    ledger,
    repeatWithinMs: settings.repeatWithinMs(),
    decisions: { unpaidAfterMs: settings.unpaidAfterMs() },
    // Whoever has the database can write any name: that nobody releases alone is kept by the ops API.
    releaseAlone: undefined,
    // Each only where it is needed: most commands have neither the ledger's key nor the provider's account.
    get intake() {
      return settings.intake();
    },
    get ledgerPublicKey() {
      return publicKeyOf(readPrivateKey(settings.ledgerKey()));
    },
    get webhooks() {
      return settings.webhooks();
    },
    get provider() {
      return (provider ??= findProvider());
    },
  };
  const who: Who = { via: 'database', person: settings.operator() };
  return {
    async ask(op, given) {
      const answer = await askHere({ desk, who }, op, given);
      if (changes(op, given)) tellBreakGlass();
      return answer;
    },
    async askUpload(op, { query, open }) {
      const answer = await askUploadHere({ desk, who }, op, { query, bytes: open() });
      if (changes(op, { body: query })) tellBreakGlass();
      return answer;
    },
    async *export(op, query) {
      if (asksPhones(query)) tellBreakGlass();
      yield* askExportHere({ desk, who }, op, query);
    },
    async [Symbol.asyncDispose]() {
      await provider?.close();
      await ledger[Symbol.asyncDispose]();
    },
  };
}

function tellBreakGlass(): void {
  process.stderr.write('salio: straight on the database: recorded as break-glass\n');
}

/** A query of a file says it as a text. */
function changes(op: Operation, { body }: { readonly body?: unknown }): boolean {
  const { dryRun } = Object(body) as { readonly dryRun?: unknown }; // safe because Object gives an object
  return op.method !== 'GET' && dryRun !== true && dryRun !== 'true';
}
