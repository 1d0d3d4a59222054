import type { Caller } from '../caller.ts';
import { showMoney } from '../money.ts';
import { showPhone } from '../phone.ts';
import { Ring } from '../ring.ts';
import { acceptedTrickOf } from '../scenario.ts';
import type { SimulatorSettings } from '../settings.ts';
import { Slots } from '../slots.ts';
import type { World } from '../world.ts';
import { type ValidateFaultName, validateFaultOf } from './fault.ts';
import { type Question, readAnswer, writeQuestion } from './question.ts';

/** One post to VALIDATE_URL, as the control API shows it. */
export interface Asking {
  /** When the answer came, or its time was over. */
  readonly at: string;
  readonly transactionId: string;
  readonly phone: string;
  readonly amount: string;
  readonly key: string | null;
  readonly encoding: string;
  /** The status of the answer; null where none came. */
  readonly status: number | null;
  /** Null where it can't be read. */
  readonly answer: 'Validated' | 'Failed' | null;
  readonly fault: ValidateFaultName | null;
}

/** What was asked since the start, in single posts. */
export interface AskedCounts {
  readonly asked: number;
  readonly validated: number;
  readonly failed: number;
  readonly unanswered: number;
}

/** How asking for a line ended. */
export type Said = 'Validated' | 'Failed' | 'nothing';

/** Asks VALIDATE_URL whether lines may be credited (contract section 3.3). */
export class Validator {
  readonly recent: Ring<Asking>;
  readonly #settings: SimulatorSettings;
  readonly #world: World;
  readonly #caller: Caller;
  readonly #slots = new Slots(MOST_AT_ONCE);
  #counts = { asked: 0, validated: 0, failed: 0, unanswered: 0 };

  constructor(settings: SimulatorSettings, world: World, caller: Caller) {
    this.recent = new Ring(settings.start.REQUESTS_KEPT);
    this.#settings = settings;
    this.#world = world;
    this.#caller = caller;
  }

  /** Whether lines are to be asked for at all. */
  get isOn(): boolean {
    return this.#settings.behaviour.VALIDATE_URL !== undefined;
  }

  get counts(): AskedCounts {
    return this.#counts;
  }

  /** Asks as often as the settings and the line's fault want it, under one new transaction id. */
  async ask(line: Omit<Question, 'transactionId'>): Promise<Said> {
    const bytes = Buffer.from(this.#world.randomBytes(TRANSACTION_BYTES));
    const question = { ...line, transactionId: bytes.toString('hex') };
    const fault = this.#faultOf(question);
    const ask = () => this.#untilAnswered(question, fault);
    switch (fault) {
      case undefined:
        return ask();
      case 'repeated': {
        const first = await ask();
        return this.allows(first) ? ask() : first;
      }
      case 'lost_answer':
        await this.#once(question, fault);
        return ask();
      case 'twice_at_once':
        return better(await Promise.all([ask(), ask()]));
    }
  }

  /** Whether a line may be credited after this; where nothing was said, VALIDATE_SILENCE decides. */
  allows(said: Said): boolean {
    if (said === 'nothing') return this.#settings.behaviour.VALIDATE_SILENCE === 'pay';
    return said === 'Validated';
  }

  clear(): void {
    this.recent.clear();
    this.#counts = { asked: 0, validated: 0, failed: 0, unanswered: 0 };
  }

  #faultOf(question: Question): ValidateFaultName | undefined {
    const { MAGIC, validateFaults, FAULT_SEED } = this.#settings.behaviour;
    const asked = MAGIC ? acceptedTrickOf(question.phone)?.validate : undefined;
    return asked ?? validateFaultOf(validateFaults, FAULT_SEED, question.key, question);
  }

  async #untilAnswered(question: Question, fault: ValidateFaultName | undefined): Promise<Said> {
    for (let tried = 0; tried < this.#settings.behaviour.VALIDATE_TRIES; tried += 1) {
      const answer = await this.#once(question, fault);
      if (answer) return answer;
    }
    return 'nothing';
  }

  #once(
    question: Question,
    fault: ValidateFaultName | undefined,
  ): Promise<'Validated' | 'Failed' | undefined> {
    return this.#slots.run(async () => {
      const { behaviour, start } = this.#settings;
      const { VALIDATE_URL, VALIDATE_ENCODING, VALIDATE_TIMEOUT_MS } = behaviour;
      if (VALIDATE_URL === undefined) return undefined; // taken away meanwhile
      const message = writeQuestion(question, VALIDATE_ENCODING, start.SEED);
      const answered = await this.#caller.post(VALIDATE_URL, message, VALIDATE_TIMEOUT_MS);
      const answer = readAnswer(answered);
      this.#counts.asked += 1;
      this.#counts[COUNTED[answer ?? 'nothing']] += 1;
      this.recent.add({
        at: new Date(this.#world.now()).toISOString(),
        transactionId: question.transactionId,
        phone: showPhone(question.phone),
        amount: showMoney(question.currency, question.tenThousandths),
        key: question.key ?? null,
        encoding: message.contentType,
        status: answered?.status ?? null,
        answer: answer ?? null,
        fault: fault ?? null,
      });
      return answer;
    });
  }
}

function better(said: readonly Said[]): Said {
  return (['Validated', 'Failed'] as const).find((one) => said.includes(one)) ?? 'nothing';
}

const COUNTED = { Validated: 'validated', Failed: 'failed', nothing: 'unanswered' } as const;
/** As many bytes as a request id has, so that it looks like one and is none. */
const TRANSACTION_BYTES = 16;
/** Posts under way at once: far more than a gate that answers in milliseconds needs. */
const MOST_AT_ONCE = 64;
