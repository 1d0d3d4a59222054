import { float64Column, uint16Column, uint32Column, uint8Column } from './columns.ts';
import { Names } from './names.ts';

/** A request that credited something or whose idempotency key counts as seen. */
export interface BookedRequest {
  /** Counts all send requests that the simulator ever saw, from 1; gaps are requests that left no trace. */
  readonly number: number;
  readonly atMs: number;
  readonly username: string;
  readonly key: string | undefined;
  /** Whether the key counts as seen from now on; false where a fault lost it, or a request before this one spent it. */
  readonly spendsKey: boolean;
}

/** The requests of the book, by place; keys are the only thing here that costs memory of its own. */
export class Requests {
  #count = 0;
  readonly #numbers = uint32Column();
  readonly #times = float64Column();
  readonly #usernames = uint16Column();
  readonly #keys: (string | undefined)[] = [];
  readonly #spends = uint8Column();
  readonly #names = new Names();
  readonly #byKey = new Map<number, Map<string, number>>();
  /** The highest number so far; late credits come under the number that their request had. */
  lastNumber = 0;

  add(request: BookedRequest): number {
    const place = this.#count;
    const username = this.#names.numberOf(request.username);
    if (username > MOST_USERNAMES) throw new RangeError('the book has too many usernames');
    this.#numbers.set(place, request.number);
    this.#times.set(place, request.atMs);
    this.#usernames.set(place, username);
    this.#keys.push(request.key);
    this.#spends.set(place, request.spendsKey ? 1 : 0);
    if (request.spendsKey && request.key !== undefined) {
      this.#keysOf(username).set(request.key, place);
    }
    this.lastNumber = Math.max(this.lastNumber, request.number);
    this.#count += 1;
    return place;
  }

  at(place: number): BookedRequest {
    return {
      number: this.numberAt(place),
      atMs: this.#times.get(place),
      username: this.usernameAt(place),
      key: this.#keys[place],
      spendsKey: this.#spends.get(place) === 1,
    };
  }

  numberAt(place: number): number {
    return this.#numbers.get(place);
  }

  timeAt(place: number): number {
    return this.#times.get(place);
  }

  usernameAt(place: number): string {
    return this.#names.nameOf(this.#usernames.get(place));
  }

  /** When the newest request of this username with this key came, in milliseconds since 1970. */
  keySeenAt(username: string, key: string): number | undefined {
    const place = this.#byKey.get(this.#names.find(username) ?? -1)?.get(key);
    return place === undefined ? undefined : this.#times.get(place);
  }

  #keysOf(username: number): Map<string, number> {
    let keys = this.#byKey.get(username);
    if (!keys) this.#byKey.set(username, (keys = new Map()));
    return keys;
  }
}

/** As many as two bytes tell apart; an account has one. */
const MOST_USERNAMES = 65_535;
