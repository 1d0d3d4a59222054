import { float64Column, uint16Column, uint32Column, uint8Column } from './columns.ts';
import { Names } from './names.ts';
import { hashNumber, PlaceIndex } from './place-index.ts';
import { type Nonce, placeOf, requestIdOf } from './request-id.ts';

/** One line that was accepted. */
export interface Credit {
  readonly phone: number;
  readonly currency: string;
  readonly tenThousandths: number;
  /** False where the telco refused later: nothing reached the phone. */
  readonly credited: boolean;
  /** The name of the fault that its notification meets. Kept by Notices. */
  readonly notifyFault?: string | undefined;
}

/** The accepted lines in the order of their acceptance, about 60 bytes each with both indexes. */
export class Credits {
  #count = 0;
  readonly #phones = float64Column();
  readonly #amounts = float64Column();
  readonly #currencies = uint16Column();
  readonly #credited = uint8Column();
  readonly #requests = uint32Column();
  readonly #nonces = [uint32Column(), uint32Column(), uint32Column()] as const;
  /** How often this phone has been credited this amount, this time included. */
  readonly #times = uint32Column();
  /** Chains to the place before with the same phone and amount, and with the same phone; plus one, zero ends. */
  readonly #beforeEqual = uint32Column();
  readonly #beforePhone = uint32Column();
  readonly #names = new Names();

  readonly #byEqual = new PlaceIndex(
    (place) => hashNumber(this.#phones.get(place)) ^ hashNumber(this.#amounts.get(place)),
    (a, b) =>
      this.#phones.get(a) === this.#phones.get(b) &&
      this.#amounts.get(a) === this.#amounts.get(b) &&
      this.#currencies.get(a) === this.#currencies.get(b),
  );
  readonly #byPhone = new PlaceIndex(
    (place) => hashNumber(this.#phones.get(place)),
    (a, b) => this.#phones.get(a) === this.#phones.get(b),
  );

  get count(): number {
    return this.#count;
  }

  /** Gives back the place of the new credit. */
  add(credit: Credit, nonce: Nonce, request: number): number {
    const place = this.#count;
    this.#stage(credit.phone, credit.currency, credit.tenThousandths);
    this.#credited.set(place, credit.credited ? 1 : 0);
    this.#requests.set(place, request);
    const [first, second, third] = this.#nonces;
    first.set(place, nonce[0]);
    second.set(place, nonce[1]);
    third.set(place, nonce[2]);
    const equal = this.#byEqual.put(place);
    const timesBefore = equal === undefined ? 0 : this.#times.get(equal);
    this.#times.set(place, timesBefore + (credit.credited ? 1 : 0));
    this.#beforeEqual.set(place, equal === undefined ? 0 : equal + 1);
    this.#beforePhone.set(place, (this.#byPhone.put(place) ?? -1) + 1);
    this.#count += 1;
    return place;
  }

  at(place: number): Credit {
    this.#mustHave(place);
    return {
      phone: this.#phones.get(place),
      currency: this.#names.nameOf(this.#currencies.get(place)),
      tenThousandths: this.#amounts.get(place),
      credited: this.#credited.get(place) === 1,
    };
  }

  requestIdAt(place: number): string {
    this.#mustHave(place);
    const [first, second, third] = this.#nonces;
    return requestIdOf([first.get(place), second.get(place), third.get(place)], place);
  }

  /** The request, by place, that brought this credit. */
  requestAt(place: number): number {
    this.#mustHave(place);
    return this.#requests.get(place);
  }

  /** How often the phone had been credited this amount when this credit was done, itself included. */
  timesAt(place: number): number {
    this.#mustHave(place);
    return this.#times.get(place);
  }

  find(requestId: string): number | undefined {
    const place = placeOf(requestId);
    if (place === undefined || place >= this.#count) return undefined;
    return this.requestIdAt(place) === requestId ? place : undefined;
  }

  /** Places with this phone and amount, newest first. */
  *equalTo(phone: number, currency: string, tenThousandths: number): Generator<number> {
    this.#stage(phone, currency, tenThousandths);
    let place = this.#byEqual.find(this.#count);
    while (place !== undefined) {
      yield place;
      place = before(this.#beforeEqual.get(place));
    }
  }

  /** Places with this phone, newest first. */
  *ofPhone(phone: number): Generator<number> {
    this.#stage(phone, '', 0);
    let place = this.#byPhone.find(this.#count);
    while (place !== undefined) {
      yield place;
      place = before(this.#beforePhone.get(place));
    }
  }

  /** Writes the row after the last, where the indexes can compare it; it does not count until it is added. */
  #stage(phone: number, currency: string, tenThousandths: number): void {
    this.#phones.set(this.#count, phone);
    this.#amounts.set(this.#count, tenThousandths);
    this.#currencies.set(this.#count, this.#names.numberOf(currency));
  }

  #mustHave(place: number): void {
    if (place < 0 || place >= this.#count) throw new RangeError(`the book has no place ${place}`);
  }
}

function before(held: number): number | undefined {
  return held === 0 ? undefined : held - 1;
}
