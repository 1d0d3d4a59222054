/** `12,345`. */
export function formatCount(count: number): string {
  return String(Math.trunc(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `44 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: two units at most. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const at = UNITS.findLastIndex(([, size]) => whole >= size);
  const [unit, size] = UNITS[at] ?? ['s', 1];
  const [smaller, smallerSize] = UNITS[at - 1] ?? ['', 1];
  const rest = Math.floor((whole % size) / smallerSize);
  return `${Math.floor(whole / size)} ${unit}${rest > 0 ? ` ${rest} ${smaller}` : ''}`;
}

const UNITS = [
  ['s', 1],
  ['min', 60],
  ['h', 3_600],
  ['d', 86_400],
] as const;

/** Whole per cents, and 100 only where all is done. */
export function formatShare(share: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`;
}

/** `12,345 of 100,000 (12 %)`. */
export function describeShare(done: number, total: number): string {
  const share = total > 0 ? done / total : 0;
  return `${formatCount(done)} of ${formatCount(total)} (${formatShare(share)})`;
}

/** `2,003 a second, 44 s left`: as much of it as is known. */
export function describePace(rate: number | undefined, left: number | undefined): string {
  const told = [
    ...(rate === undefined ? [] : [`${rate < 10 ? rate.toFixed(1) : formatCount(rate)} a second`]),
    ...(left === undefined ? [] : [`${formatSeconds(left)} left`]),
  ];
  return told.join(', ');
}
