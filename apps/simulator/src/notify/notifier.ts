import { setTimeout as delay } from 'node:timers/promises';
import type { Book } from '../book/book.ts';
import type { Answered, Caller } from '../caller.ts';
import { acceptedTrickOf } from '../scenario.ts';
import { discountOf } from '../send/answer.ts';
import type { SimulatorSettings } from '../settings.ts';
import type { World } from '../world.ts';
import { DueQueue } from './due-queue.ts';
import { failedFirst, type NotifyRules } from './fault.ts';
import { type Message, messagesOf } from './message.ts';
import { jitterOf, styleOf } from './style.ts';

/** What there is to notify of and what became of it, in lines; the last three count single posts since the start. */
export interface NotifyCounts {
  readonly accepted: number;
  readonly acknowledged: number;
  /** All that is not acknowledged: the three below. */
  readonly open: number;
  /** To be sent, or sent again. */
  readonly due: number;
  /** Held back by the fault of that name. */
  readonly missing: number;
  /** Sent without success for NOTIFY_PATIENCE_MS. */
  readonly givenUp: number;
  readonly inFlight: number;
  readonly attempts: number;
  /** Answered with anything but 2xx. */
  readonly refused: number;
  readonly unanswered: number;
}

/**
 * Tells NOTIFY_URL how each accepted line ended, until that is acknowledged. What is owed follows from the book alone: every
 * line whose acknowledgement it does not have. Does nothing while there is no NOTIFY_URL.
 */
export class Notifier implements Disposable {
  readonly #book: Book;
  readonly #settings: SimulatorSettings;
  readonly #world: World;
  readonly #caller: Caller;
  /** By the clock of performance.now(), so that no jump of the other can hold anything up. */
  readonly #queue = new DueQueue();
  readonly #inFlight = new Set<number>();
  readonly #posts = { attempts: 0, refused: 0, unanswered: 0 };
  #url: string | undefined;
  /** The first credit that was not looked at yet. */
  #next = 0;
  #givenUp = 0;
  #completing = false;
  #timer: NodeJS.Timeout | undefined;
  #wakeAtMs = Infinity;

  constructor(book: Book, settings: SimulatorSettings, world: World, caller: Caller) {
    this.#book = book;
    this.#settings = settings;
    this.#world = world;
    this.#caller = caller;
    this.settingsChanged();
  }

  /** By what the faults of new lines are decided; none are met after `complete`. */
  get rules(): NotifyRules {
    const { notifyFaults, FAULT_SEED, MAGIC } = this.#settings.behaviour;
    if (this.#completing) return { chances: [], seed: FAULT_SEED, magic: () => undefined };
    const magic = (phone: number) => (MAGIC ? acceptedTrickOf(phone)?.notify : undefined);
    return { chances: notifyFaults, seed: FAULT_SEED, magic };
  }

  /**
   * To be called when something was credited. Gives back what an answer must wait for, each at most as long as
   * its calls may last: the first attempts of lines that are to be notified early.
   */
  catchUp(): Promise<unknown> | undefined {
    if (this.#url === undefined) return undefined;
    const early: Promise<void>[] = [];
    for (; this.#next < this.#book.credits.count; this.#next += 1) {
      if (this.#faultAt(this.#next) === 'early') early.push(this.#attempt(this.#next));
      else this.#queueUp(this.#next);
    }
    this.#pump();
    return early.length === 0 ? undefined : Promise.all(early);
  }

  /** Takes up a changed NOTIFY_URL: all that is owed goes there. */
  settingsChanged(): void {
    const { NOTIFY_URL } = this.#settings.behaviour;
    if (NOTIFY_URL === this.#url) return;
    this.#url = NOTIFY_URL;
    this.#queueAll();
  }

  /**
   * Ends all faults and delays of notifications, of the lines to come as well, and sends the truth of all that is owed, what
   * is missing or was given up included, until it is acknowledged. Resolves when it is, or after `withinMs`.
   */
  async complete(withinMs: number): Promise<NotifyCounts> {
    this.#completing = true;
    this.#queueAll();
    const { era } = this.#book;
    const untilMs = performance.now() + withinMs;
    while (this.#open > 0 && performance.now() < untilMs && era === this.#book.era) {
      await delay(LOOK_EVERY_MS);
    }
    return this.counts();
  }

  counts(): NotifyCounts {
    const { credits, notices } = this.#book;
    let missing = 0;
    for (const place of notices.faulted()) if (this.#isMissing(place)) missing += 1;
    const [accepted, acknowledged, open] = [credits.count, notices.acknowledged, this.#open];
    const [givenUp, inFlight] = [this.#givenUp, this.#inFlight.size];
    const due = open - missing - givenUp;
    return { accepted, acknowledged, open, due, missing, givenUp, inFlight, ...this.#posts };
  }

  /** After the book was emptied: nothing is owed, and faults are met again. */
  clear(): void {
    this.#queue.clear();
    this.#inFlight.clear();
    Object.assign(this.#posts, { attempts: 0, refused: 0, unanswered: 0 });
    this.#next = 0;
    this.#givenUp = 0;
    this.#completing = false;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#url = undefined;
  }

  get #open(): number {
    return this.#book.credits.count - this.#book.notices.acknowledged;
  }

  #queueAll(): void {
    if (this.#url === undefined) return;
    this.#queue.clear();
    this.#givenUp = 0;
    for (let place = 0; place < this.#book.credits.count; place += 1) this.#queueUp(place);
    this.#next = this.#book.credits.count;
    this.#pump();
  }

  #queueUp(place: number): void {
    const isDone = this.#book.notices.isAcknowledged(place) || this.#isMissing(place);
    if (isDone || this.#inFlight.has(place)) return;
    const waitMs = Math.max(0, this.#dueMsOf(place) - this.#world.now());
    this.#queue.add(performance.now() + (this.#completing ? 0 : waitMs), place);
  }

  /** When a line is to be notified of first, in milliseconds since 1970. */
  #dueMsOf(place: number): number {
    const { NOTIFY_AFTER_MS, NOTIFY_JITTER_MS, NOTIFY_LATE_MS } = this.#settings.behaviour;
    const { credits, requests } = this.#book;
    const creditedMs = requests.timeAt(credits.requestAt(place));
    const fault = this.#faultAt(place);
    if (fault === 'early') return creditedMs;
    const { SEED } = this.#settings.start;
    const jitter = NOTIFY_JITTER_MS === 0 ? 0 : jitterOf(SEED, credits.requestIdAt(place));
    const lateMs = fault === 'late' ? NOTIFY_LATE_MS : 0;
    return creditedMs + NOTIFY_AFTER_MS + lateMs + NOTIFY_JITTER_MS * jitter;
  }

  /** Starts what is due, as far as there is room, and sees to it that somebody comes back for the rest. */
  #pump(): void {
    if (this.#url === undefined) return;
    while (this.#inFlight.size < MOST_AT_ONCE && this.#queue.firstMs <= performance.now()) {
      void this.#attempt(this.#queue.take());
    }
    // Without room it is whoever comes back from an attempt.
    if (this.#inFlight.size < MOST_AT_ONCE) this.#wakeAt(this.#queue.firstMs);
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeAtMs) return;
    clearTimeout(this.#timer);
    this.#wakeAtMs = atMs;
    const wake = () => {
      this.#wakeAtMs = Infinity;
      this.#pump();
    };
    this.#timer = setTimeout(wake, Math.max(0, Math.ceil(atMs - performance.now())));
  }

  /** Sends all that is to be said of a line, in order. */
  async #attempt(place: number): Promise<void> {
    const { era } = this.#book;
    this.#inFlight.add(place);
    const hasArrived = await this.#deliver(this.#messagesAt(place), era);
    if (era !== this.#book.era) return;
    this.#inFlight.delete(place);
    if (hasArrived) this.#book.acknowledge(place);
    else this.#tryAgain(place);
    this.#pump();
    await this.#book.saved();
  }

  async #deliver(messages: readonly Message[], era: number): Promise<boolean> {
    // Nobody is told what a SIGKILL could still undo.
    await this.#book.saved();
    let hasArrived = true;
    for (const message of messages) {
      if (this.#url === undefined || era !== this.#book.era) return false;
      const { NOTIFY_TIMEOUT_MS } = this.#settings.behaviour;
      const answered = await this.#caller.post(this.#url, message, NOTIFY_TIMEOUT_MS);
      if (era === this.#book.era) this.#count(answered);
      if (message.mustArrive && !isGood(answered)) hasArrived = false;
    }
    return hasArrived;
  }

  #count(answered: Answered | undefined): void {
    this.#posts.attempts += 1;
    if (!answered) this.#posts.unanswered += 1;
    else if (!isGood(answered)) this.#posts.refused += 1;
  }

  #tryAgain(place: number): void {
    const { NOTIFY_REPEAT_MS, NOTIFY_PATIENCE_MS } = this.#settings.behaviour;
    const lastMs = this.#dueMsOf(place) + NOTIFY_PATIENCE_MS;
    if (!this.#completing && this.#world.now() + NOTIFY_REPEAT_MS > lastMs) this.#givenUp += 1;
    else {
      const repeatMs = this.#completing
        ? Math.min(NOTIFY_REPEAT_MS, COMPLETING_REPEAT_MS)
        : NOTIFY_REPEAT_MS;
      this.#queue.add(performance.now() + repeatMs, place);
    }
  }

  #messagesAt(place: number): readonly Message[] {
    const { credits, requests } = this.#book;
    const { behaviour, start } = this.#settings;
    const credit = credits.at(place);
    const requestId = credits.requestIdAt(place);
    const { key } = requests.at(credits.requestAt(place));
    const discount = discountOf(credit.tenThousandths, behaviour.DISCOUNT_BASIS_POINTS);
    const fault = this.#faultAt(place);
    const { NOTIFY_ENCODING, NOTIFY_FIELDS, FAULT_SEED } = behaviour;
    const style = styleOf(start.SEED, requestId, NOTIFY_ENCODING, NOTIFY_FIELDS);
    const isFirst = fault === 'contradicting' && failedFirst(FAULT_SEED, key, credit);
    return messagesOf({ requestId, credit, discount, fault, failedFirst: isFirst }, style);
  }

  /** What the telco did stays as it is; all that is said of it wrongly ends with `complete`. */
  #faultAt(place: number): string | undefined {
    const fault = this.#book.notices.faultAt(place);
    return this.#completing && fault !== 'duplicate_failed' ? undefined : fault;
  }

  #isMissing(place: number): boolean {
    return this.#faultAt(place) === 'missing' && !this.#book.notices.isAcknowledged(place);
  }
}

function isGood(answered: Answered | undefined): boolean {
  return answered !== undefined && answered.status >= 200 && answered.status < 300;
}

/** Lines notified of at once: some ten thousand a second to a receiver that takes milliseconds. */
const MOST_AT_ONCE = 64;
/** Whoever waits for all of them to be acknowledged does not wait half a minute for a repeat. */
const COMPLETING_REPEAT_MS = 500;
const LOOK_EVERY_MS = 20;
