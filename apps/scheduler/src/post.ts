import { request, type Dispatcher } from 'undici';

/** How one POST ended. Only a 2xx has taken it. */
export type Posted =
  | { readonly taken: true; readonly status: number }
  | {
      readonly taken: false;
      /** Undefined where none came. */
      readonly status: number | undefined;
      /** For logs; holds nothing of what was answered, which may be anything. */
      readonly reason: string;
    };

export interface ToPost {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body: string;
  /** From the start to the end of the answer, ms. */
  readonly timeoutMs: number;
  /** Breaks it off. */
  readonly stopping?: AbortSignal;
}

/** Of an answer, read so that the connection can be used again; what is longer ends it. */
const ANSWER_BYTES_MAX = 16_384;

/** Posts once, and follows no redirect: what it carries is for this URL. Never rejects: trouble is a reason. */
export async function post(dispatcher: Dispatcher, toPost: ToPost): Promise<Posted> {
  const { url, headers, body, timeoutMs, stopping } = toPost;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = stopping ? AbortSignal.any([stopping, timeout]) : timeout;
  try {
    const answer = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal,
    });
    const { statusCode: status } = answer;
    // What it says is of no interest, and neither is whether all of it comes.
    await answer.body.dump({ limit: ANSWER_BYTES_MAX, signal }).catch(() => undefined);
    const taken = status >= 200 && status < 300;
    return taken ? { taken, status } : { taken, status, reason: `status ${status}` };
  } catch (error) {
    return { taken: false, status: undefined, reason: reasonOf(error) };
  }
}

/** A code or a name: messages may quote the URL, which may hold a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
