/**
 * What requests have claimed while their lines are being validated: keys and lines that the book does not have yet, and
 * that a second request must find taken all the same. In memory only: a killed simulator credits none of these.
 */
export class Asking {
  readonly #claims = new Map<string, number>();

  /** Gives back what ends these claims. */
  claim(claims: readonly string[]): () => void {
    for (const claim of claims) this.#claims.set(claim, (this.#claims.get(claim) ?? 0) + 1);
    return () => {
      for (const claim of claims) this.#giveBack(claim);
    };
  }

  /** Spares whoever asks from writing a claim down. */
  get isEmpty(): boolean {
    return this.#claims.size === 0;
  }

  has(claim: string): boolean {
    return this.#claims.has(claim);
  }

  #giveBack(claim: string): void {
    const left = (this.#claims.get(claim) ?? 0) - 1;
    if (left > 0) this.#claims.set(claim, left);
    else this.#claims.delete(claim);
  }
}

export function claimOfKey(username: string, key: string): string {
  return JSON.stringify([username, key]);
}

export function claimOfLine(
  username: string,
  phone: number,
  currency: string,
  tenThousandths: number,
): string {
  return JSON.stringify([username, phone, currency, tenThousandths]);
}
