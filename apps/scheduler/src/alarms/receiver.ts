import { Agent, request } from 'undici';

/** The operators' URL. */
export interface Receiver {
  /** Posts one object as JSON, once. Never rejects: trouble is a reason. */
  post(body: object, stopping: AbortSignal): Promise<Taken | NotTaken>;
  close(): Promise<void>;
}

export interface Taken {
  readonly taken: true;
}

export interface NotTaken {
  readonly taken: false;
  /** For the log; holds nothing of what was answered, which may be anything. */
  readonly reason: string;
}

export interface ReceiverSettings {
  readonly url: string;
  /** Goes as `Authorization: Bearer`; undefined: none does. */
  readonly token: string | undefined;
  /** From the start to the status of the answer, ms. */
  readonly timeoutMs: number;
}

/** Of an answer, read so that the connection can be used again; what is longer ends it. */
const ANSWER_BYTES_MAX = 16_384;

/** Only a 2xx has taken it. A redirect is not followed: the token is for this URL. */
export function openReceiver({ url, token, timeoutMs }: ReceiverSettings): Receiver {
  // One: alarms are told one after the other.
  const agent = new Agent({ connections: 1, connect: { timeout: timeoutMs } });
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return {
    async post(body, stopping) {
      const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]);
      try {
        const answer = await request(url, {
          dispatcher: agent,
          method: 'POST',
          headers,
          body: JSON.stringify(body),
          signal,
        });
        const { statusCode } = answer;
        // What it says is of no interest, and neither is whether all of it comes.
        await answer.body.dump({ limit: ANSWER_BYTES_MAX, signal }).catch(() => undefined);
        const taken = statusCode >= 200 && statusCode < 300;
        return taken ? { taken } : { taken, reason: `status ${statusCode}` };
      } catch (error) {
        return { taken: false, reason: reasonOf(error) };
      }
    },
    close: () => agent.destroy(),
  };
}

/** A code or a name: messages may quote the URL, which may hold a secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
