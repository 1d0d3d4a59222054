import type { Environment } from '@salio/testkit';

/** What the ops API answered. */
export interface Answered {
  readonly status: number;
  readonly replayed: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Somebody who uses the ops API as any program would: by HTTP, without a line of ours. */
export interface ApiPerson {
  get(path: string): Promise<Answered>;
  post(path: string, body: object, headers?: Environment): Promise<Answered>;
  postCsv(path: string, text: string, headers?: Environment): Promise<Answered>;
  /** Collects the events of a stream until it is ended. */
  listen(query: string): { readonly events: readonly string[]; end(): void };
}

export function apiPerson({ SALIO_API_URL: url, SALIO_API_KEY: key }: Environment): ApiPerson {
  const authorization = `Bearer ${key}`;
  const send = async (path: string, init: RequestInit): Promise<Answered> => {
    const response = await fetch(`${url}/v1/${path}`, {
      ...init,
      headers: { authorization, ...Object(init.headers) },
    });
    // safe because every answer is a JSON object
    const body = (await response.json()) as Readonly<Record<string, unknown>>;
    const replayed = response.headers.get('idempotent-replayed') === 'true';
    return { status: response.status, replayed, body };
  };
  return {
    get: (path) => send(path, {}),
    post: (path, body, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    postCsv: (path, text, headers = {}) =>
      send(path, {
        method: 'POST',
        headers: { 'content-type': 'text/csv', ...headers },
        body: text,
      }),
    listen: (query) => {
      const events: string[] = [];
      const stop = new AbortController();
      void collect(`${url}/v1/events?${query}`, authorization, stop.signal, events).catch(
        () => undefined,
      );
      return { events, end: () => stop.abort() };
    },
  };
}

async function collect(
  url: string,
  authorization: string,
  signal: AbortSignal,
  events: string[],
): Promise<void> {
  const response = await fetch(url, { headers: { authorization }, signal });
  let text = '';
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    events.push(...blocks.flatMap((block) => /^data: (.*)$/m.exec(block)?.[1] ?? []));
  }
}
