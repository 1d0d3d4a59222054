import { Asking } from './asking.ts';
import { BookError } from './book-error.ts';
import { type Credit, Credits } from './credits.ts';
import { type Journal, openJournal, SAVED } from './journal.ts';
import { type Lie, Lies } from './lies.ts';
import { Notices } from './notices.ts';
import { Pending } from './pending.ts';
import {
  type BookRecord,
  readRecord,
  writeAcknowledged,
  writeArrival,
  writeCredit,
  writeDropped,
  writeLie,
  writePending,
  writeRequest,
} from './record.ts';
import { type Nonce, nonceOf, nonceSource } from './request-id.ts';
import { type BookedRequest, Requests } from './requests.ts';
import { Tally } from './tally.ts';

export interface BookOptions {
  /** Where the book outlives the process; memory only where there is none. */
  readonly file: string | undefined;
  readonly randomBytes: (size: number) => Uint8Array;
}

/** What the stand-in provider truly did: the requests that left a trace, each line that it accepted, and its lies. */
export class Book implements Disposable {
  credits = new Credits();
  requests = new Requests();
  tally = new Tally();
  lies = new Lies();
  pending = new Pending();
  notices = new Notices();
  asking = new Asking();
  /** Changes when the book is emptied or closed. Who waits for something looks whether it is still the book that it knew. */
  era = 0;
  /** How often requests came while faults were set, by identity. */
  #arrivals = new Map<string, number>();
  /** Undefined where the book is kept in memory only; its lines are then not even written. */
  readonly #journal: Journal | undefined;
  readonly #nextNonce: () => Nonce;
  /** The last request that the file has named while it is read. */
  #reading: number | undefined;

  /** Reads the file back, where there is one. Throws BookError. */
  constructor(options: BookOptions) {
    this.#nextNonce = nonceSource(options.randomBytes);
    this.#journal =
      options.file === undefined
        ? undefined
        : openJournal(options.file, (line, number) => this.#read(line, number));
  }

  /** The highest number of a request that left a trace. */
  get lastNumber(): number {
    return Math.max(this.requests.lastNumber, this.lies.lastNumber);
  }

  /** Books a request and gives back its place, for its credits to name. */
  addRequest(request: BookedRequest): number {
    this.#journal?.append(writeRequest(request));
    return this.requests.add(request);
  }

  /** Books one accepted line of the request that was added last, and gives back its request id. */
  addCredit(credit: Credit, request: number): string {
    const place = this.#enter(credit, this.#nextNonce(), request);
    const requestId = this.credits.requestIdAt(place);
    this.#journal?.append(writeCredit(requestId, credit));
    return requestId;
  }

  /** Books that a line of the request that was added last is to be credited at that time. */
  putOff(credit: Credit, request: number, dueMs: number): void {
    this.#journal?.append(writePending(dueMs, credit));
    this.pending.add(this.requests.numberAt(request), request, dueMs, credit);
  }

  /**
   * Books what was put off for the request with this number, as of `atMs`; nothing where a reset has forgotten it. `become`
   * says what a line is booked as; one that it gives nothing for is never credited.
   */
  creditPending(
    number: number,
    atMs: number,
    become: (credit: Credit) => Credit | undefined,
  ): void {
    const due = this.pending.of(number);
    if (!due) return;
    let place: number | undefined;
    const request = () =>
      (place ??= this.addRequest({ ...this.requests.at(due.request), atMs, spendsKey: false }));
    // Each that is settled leaves the list, whether now or when the file is read.
    for (let [next] = due.credits; next; [next] = due.credits) {
      const credit = become(next);
      if (credit) this.addCredit(credit, request());
      else {
        this.#journal?.append(writeDropped(number));
        this.pending.settledOne(number);
      }
    }
  }

  /** Books that the notification of the credit at this place was acknowledged. */
  acknowledge(place: number): void {
    this.#journal?.append(writeAcknowledged(this.credits.requestIdAt(place)));
    this.notices.acknowledge(place);
  }

  /** Counts a request of this identity and gives back how many came before it. */
  addArrival(identity: string): number {
    this.#journal?.append(writeArrival(identity));
    return this.#arrive(identity);
  }

  addLie(lie: Lie): void {
    this.#journal?.append(writeLie(lie));
    this.lies.add(lie);
  }

  /** Resolves when a SIGKILL can no longer undo what was booked so far. */
  saved(): Promise<void> {
    return this.#journal?.saved() ?? SAVED;
  }

  clear(): void {
    this.#journal?.clear();
    this.credits = new Credits();
    this.requests = new Requests();
    this.tally = new Tally();
    this.lies = new Lies();
    this.pending = new Pending();
    this.notices = new Notices();
    this.asking = new Asking();
    this.era += 1;
    this.#arrivals = new Map();
  }

  [Symbol.dispose](): void {
    this.era += 1;
    this.#journal?.[Symbol.dispose]();
  }

  #enter(credit: Credit, nonce: Nonce, request: number): number {
    const place = this.credits.add(credit, nonce, request);
    this.tally.add(credit, place, this.credits.timesAt(place));
    this.notices.add(place, credit.notifyFault);
    if (!this.pending.isEmpty) this.pending.settledOne(this.requests.numberAt(request));
    return place;
  }

  #arrive(identity: string): number {
    const before = this.#arrivals.get(identity) ?? 0;
    this.#arrivals.set(identity, before + 1);
    return before;
  }

  #read(line: string, number: number): void {
    const record = readRecord(line);
    if (!record || !this.#take(record)) {
      throw new BookError(`Line ${number} of the book can't be read, or is out of its place`);
    }
  }

  /** Whether the record fits what was read before it. */
  #take(record: BookRecord): boolean {
    switch (record.kind) {
      case 'request':
        this.#reading = this.requests.add(record.request);
        return true;
      case 'arrival':
        this.#arrive(record.identity);
        return true;
      case 'lie':
        this.lies.add(record.lie);
        return true;
      case 'dropped':
        this.pending.settledOne(record.number);
        return true;
      case 'acknowledged': {
        const place = this.credits.find(record.requestId);
        if (place !== undefined) this.notices.acknowledge(place);
        return place !== undefined;
      }
      case 'credit':
      case 'pending':
        return this.#reading !== undefined && this.#takeLine(record, this.#reading);
    }
  }

  #takeLine(record: BookRecord & { kind: 'credit' | 'pending' }, request: number): boolean {
    if (record.kind === 'pending') {
      const { dueMs, credit } = record;
      this.pending.add(this.requests.numberAt(request), request, dueMs, credit);
      return true;
    }
    const place = this.#enter(record.credit, nonceOf(record.requestId), request);
    return this.credits.requestIdAt(place) === record.requestId;
  }
}
