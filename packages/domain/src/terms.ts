import { formatQuietHours, isQuietHours, splitQuietHours, type QuietHours } from './quiet-hours.ts';
import type { OnRejections } from './batch.ts';

/** How a batch is to be treated; part of its content. */
export interface Terms extends FurtherTerms {
  readonly onRejections: OnRejections;
  /** Lets the same phone and amount stand twice in a batch without references. */
  readonly allowDuplicates: boolean;
}

/** Terms that most batches don't have. */
export interface FurtherTerms {
  /** Nothing of it is sent before, ms since 1970. */
  readonly notBefore?: number | undefined;
  /** What was not claimed by then is cancelled, ms since 1970. */
  readonly expiresAt?: number | undefined;
  readonly quietHours?: QuietHours | undefined;
  /** Client reference of the batch of the same source whose rejections these rows correct: its parent. */
  readonly corrects?: string | undefined;
}

/** The first moment that terms may name, and the one after the last: a number of seconds, or of a far century, is a slip. */
const MOMENT_FIRST = Date.UTC(2020, 0);
const MOMENT_END = Date.UTC(2100, 0);

/** Why terms can't be, in words for whoever set them; undefined where they can. Says nothing of the present time. */
export function termsFault({ notBefore, expiresAt, quietHours }: FurtherTerms): string | undefined {
  for (const [name, moment] of [
    ['not before', notBefore],
    ['expires at', expiresAt],
  ] as const) {
    if (moment !== undefined && !isMoment(moment)) {
      return `${name} is a whole number of milliseconds since 1970, of the years 2020 to 2099`;
    }
  }
  if (notBefore !== undefined && expiresAt !== undefined && expiresAt <= notBefore) {
    return 'the batch expires before it may be sent';
  }
  if (quietHours !== undefined && !isQuietHours(quietHours)) {
    return 'quiet hours are two different times of a day and a time zone, like 21:00-08:00 Africa/Nairobi';
  }
  return undefined;
}

/** Further terms as names and texts in their order: what hashes and signatures are made of. */
export function furtherTerms(
  terms: FurtherTerms,
): readonly (readonly [name: string, text: string])[] {
  const { notBefore, expiresAt, quietHours, corrects } = terms;
  const texts = {
    notBefore: notBefore === undefined ? undefined : String(notBefore),
    expiresAt: expiresAt === undefined ? undefined : String(expiresAt),
    quietHours: quietHours === undefined ? undefined : formatQuietHours(quietHours),
    corrects,
  };
  return Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [[name, text] as const],
  );
}

/** Terms out of what furtherTerms gave. */
export function readFurtherTerms(texts: Readonly<Record<string, string>>): FurtherTerms {
  const { notBefore, expiresAt, quietHours, corrects } = texts;
  return {
    ...(notBefore === undefined ? {} : { notBefore: Number(notBefore) }),
    ...(expiresAt === undefined ? {} : { expiresAt: Number(expiresAt) }),
    ...(quietHours === undefined ? {} : { quietHours: splitQuietHours(quietHours) }),
    ...(corrects === undefined ? {} : { corrects }),
  };
}

function isMoment(moment: number): boolean {
  return Number.isInteger(moment) && moment >= MOMENT_FIRST && moment < MOMENT_END;
}
