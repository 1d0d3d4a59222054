/** Milliseconds on a clock that never goes back. */
export type Ticks = () => number;

/** Lets so many through per second, after a quiet second as many at once. */
export function createRate(perSecond: number, now: Ticks): () => boolean {
  let left = perSecond;
  let at = now();
  return () => {
    const tick = now();
    left = Math.min(perSecond, left + ((tick - at) / 1000) * perSecond);
    at = tick;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

export interface StrangerLimits {
  /** Wrong requests of an address in one window that are looked at. */
  readonly tries: number;
  readonly windowMs: number;
  /** Addresses that are counted by themselves; the others count together, so that memory stays bounded. */
  readonly addresses: number;
}

/** Counts the wrong requests of each address, in windows of time; false where one has had its share. */
export function createStrangers(limits: StrangerLimits, now: Ticks): (address: string) => boolean {
  const counts = new Map<string, number>();
  let endsAt = now() + limits.windowMs;
  return (address) => {
    if (now() >= endsAt) {
      counts.clear();
      endsAt = now() + limits.windowMs;
    }
    const known = counts.has(address) || counts.size < limits.addresses;
    const name = known ? address : OTHERS;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count <= limits.tries;
  };
}

/** No address. */
const OTHERS = 'others';
