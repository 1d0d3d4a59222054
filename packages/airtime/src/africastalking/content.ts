import { parseMoney, type Money, type ResponseContent } from '@salio/domain';
import { z } from 'zod';
import { PROVIDER_STATUSES, type ProviderStatus } from '../provider.ts';

/** What the adapter reads of a response. */
export interface ReceivedResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * The documented JSON of a send's answer (contract 1.2), or undefined for everything else: another HTTP status, another
 * content type, broken JSON, a field that is missing or of another type. It's all or nothing: where a part can't be
 * understood, nothing may be concluded from the rest.
 */
export function readContent(response: ReceivedResponse): ResponseContent | undefined {
  if (response.status !== 200 && response.status !== 201) return undefined;
  const parsed = sendAnswer.safeParse(readJson(response));
  if (!parsed.success) return undefined;
  const { errorMessage, numSent, totalAmount, totalDiscount, responses } = parsed.data;
  return { errorMessage, numSent, totalAmount, totalDiscount, entries: responses };
}

/** The status of an enquiry's answer (contract 4.1), or unknown. */
export function parseStatus(response: ReceivedResponse): ProviderStatus | 'unknown' {
  const parsed = response.status === 200 ? enquiryAnswer.safeParse(readJson(response)) : undefined;
  return parsed?.success ? parsed.data.status : 'unknown';
}

/** The wallet's balance (contract 4.2), or undefined where the answer isn't one. */
export function parseBalance(response: ReceivedResponse): Money | undefined {
  const parsed = response.status === 200 ? balanceAnswer.safeParse(readJson(response)) : undefined;
  return parsed?.success ? parseMoney(parsed.data.balance) : undefined;
}

/** No text of the provider has a NUL, and no text in Postgres can have one. */
// oxlint-disable-next-line no-control-regex
const text = z.string().regex(/^[^\u0000]*$/);

/** A number that isn't a whole one is as good as none. */
const count = z
  .unknown()
  .optional()
  .transform((value) => (Number.isSafeInteger(value) ? Number(value) : undefined));

/** `KES 44.0000`; a bare `0` stands for nothing (contract 1.2). */
const money = text.transform(parseMoney);

const sendAnswer = z.object({
  errorMessage: text,
  numSent: count,
  totalAmount: text,
  totalDiscount: text,
  responses: z.array(
    z.object({
      phoneNumber: text,
      status: text,
      requestId: text,
      errorMessage: text,
      amount: money,
      discount: money,
    }),
  ),
});

const enquiryAnswer = z.object({ status: z.enum(PROVIDER_STATUSES) });

/** Both spellings are documented (contract 4.2). */
const userData = z.object({ balance: text });
const balanceAnswer = z.union([
  z.object({ UserData: userData }).transform((answer) => answer.UserData),
  z.object({ userData }).transform((answer) => answer.userData),
]);

/** Error bodies are plain text even where JSON was asked for (contract 1.7), so the type is looked at first. */
function readJson({ contentType, body }: ReceivedResponse): unknown {
  if (!/^application\/json\s*(;|$)/i.test(contentType)) return undefined;
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // broken JSON is an ordinary ending here: it is unreadable
  }
}
