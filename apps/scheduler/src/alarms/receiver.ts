import { Agent } from 'undici';
import { post, type Posted } from '../post.ts';

/** The operators' URL. */
export interface Receiver {
  /** Posts one object as JSON, once. Never rejects: trouble is a reason. */
  post(body: object, stopping: AbortSignal): Promise<Posted>;
  close(): Promise<void>;
}

export interface ReceiverSettings {
  readonly url: string;
  /** Goes as `Authorization: Bearer`; undefined: none does. */
  readonly token: string | undefined;
  /** From the start to the end of the answer, ms. */
  readonly timeoutMs: number;
}

export function openReceiver({ url, token, timeoutMs }: ReceiverSettings): Receiver {
  // One: alarms are told one after the other.
  const agent = new Agent({ connections: 1, connect: { timeout: timeoutMs } });
  const headers: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    post: (body, stopping) =>
      post(agent, { url, headers, body: JSON.stringify(body), timeoutMs, stopping }),
    close: () => agent.destroy(),
  };
}
