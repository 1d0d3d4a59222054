import { formatMoney } from '@salio/domain';
import type { Answer, operations } from '@salio/operations';

type Limits = Answer<typeof operations.forecastBatch>['limits'];

/** What floats and caps would say, in sentences; none where nothing is in the way. */
export function tellLimits({ enough, floats, caps }: Limits): string[] {
  if (enough) return [];
  const short = floats.filter((float) => !float.enough);
  const over = caps.filter((cap) => cap.enough === false);
  const said = [
    ...short.map(({ account, available }) => `${account} has ${formatMoney(available)} available`),
    ...over.map(({ name, room }) => `cap ${name} has room for ${formatMoney(room)}`),
  ];
  return [`Not all of it could be sent now${said.length > 0 ? `: ${said.join('; ')}` : ''}.`];
}

/** The same as JSON holds it. */
export function limitsJson({ enough, floats, caps }: Limits): unknown {
  return {
    enough,
    floats: floats.map((float) => ({ ...float, available: formatMoney(float.available) })),
    caps: caps.map((cap) => ({ ...cap, room: formatMoney(cap.room) })),
  };
}
