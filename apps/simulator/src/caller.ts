import { Agent, request } from 'undici';

export interface Answered {
  readonly status: number;
  readonly body: string;
}

/** Posts to whoever listens for notifications and validations, over connections that are kept. */
export class Caller implements AsyncDisposable {
  readonly #agent = new Agent({ maxResponseSize: MOST_ANSWER_BYTES });

  /** Undefined where no whole answer came in time, whatever the reason. Redirects are answers, and are not followed. */
  async post(
    url: string,
    message: { readonly contentType: string; readonly body: string },
    timeoutMs: number,
  ): Promise<Answered | undefined> {
    try {
      const answer = await request(url, {
        method: 'POST',
        headers: { 'content-type': message.contentType },
        body: message.body,
        dispatcher: this.#agent,
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: answer.statusCode, body: await answer.body.text() };
    } catch (error) {
      if (isOfTheWire(error)) return undefined;
      throw error;
    }
  }

  /** Breaks off what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
  }
}

/** Errors of undici, of sockets and of the time limit have a code; those of our own code have none. */
function isOfTheWire(error: unknown): boolean {
  return error instanceof Error && 'code' in error;
}

/** Answers are empty or hold one word. */
const MOST_ANSWER_BYTES = 64 * 1024;
