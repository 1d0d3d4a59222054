import { BookError } from './book-error.ts';
import { type Credit, Credits } from './credits.ts';
import { type Journal, memoryJournal, openJournal } from './journal.ts';
import { readRecord, writeCredit, writeRequest } from './record.ts';
import { type Nonce, nonceOf, nonceSource } from './request-id.ts';
import { type BookedRequest, Requests } from './requests.ts';
import { Tally } from './tally.ts';

export interface BookOptions {
  /** Where the book outlives the process; memory only where there is none. */
  readonly file: string | undefined;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** What the stand-in provider truly did: the requests that left a trace, and each line that it accepted. */
export class Book implements Disposable {
  credits = new Credits();
  requests = new Requests();
  tally = new Tally();
  readonly #journal: Journal;
  readonly #nextNonce: () => Nonce;
  /** The last request that the file has named while it is read. */
  #reading: number | undefined;

  /** Reads the file back, where there is one. Throws BookError. */
  constructor(options: BookOptions) {
    this.#nextNonce = nonceSource(options.randomBytes);
    this.#journal =
      options.file === undefined
        ? memoryJournal
        : openJournal(options.file, (line, number) => this.#read(line, number));
  }

  /** Books a request and gives back its place, for its credits to name. */
  addRequest(request: BookedRequest): number {
    this.#journal.append(writeRequest(request));
    return this.requests.add(request);
  }

  /** Books one accepted line of the request that was added last, and gives back its request id. */
  addCredit(credit: Credit, request: number): string {
    const place = this.#enter(credit, this.#nextNonce(), request);
    const requestId = this.credits.requestIdAt(place);
    this.#journal.append(writeCredit(requestId, credit));
    return requestId;
  }

  /** Resolves when a SIGKILL can no longer undo what was booked so far. */
  saved(): Promise<void> {
    return this.#journal.saved();
  }

  clear(): void {
    this.#journal.clear();
    this.credits = new Credits();
    this.requests = new Requests();
    this.tally = new Tally();
  }

  [Symbol.dispose](): void {
    this.#journal[Symbol.dispose]();
  }

  #enter(credit: Credit, nonce: Nonce, request: number): number {
    const place = this.credits.add(credit, nonce, request);
    this.tally.add(credit, place, this.credits.timesAt(place));
    return place;
  }

  #read(line: string, number: number): void {
    const record = readRecord(line);
    if (record?.kind === 'request') this.#reading = this.requests.add(record.request);
    else if (record && this.#reading !== undefined) {
      const place = this.#enter(record.credit, nonceOf(record.requestId), this.#reading);
      if (this.credits.requestIdAt(place) === record.requestId) return;
      throw new BookError(`Line ${number} of the book is out of its place`);
    } else throw new BookError(`Line ${number} of the book can't be read`);
  }
}
