import { type Client, to } from './fixture.ts';

/** What a client sees of the first send of a simulator: status and the start of a body, or how the connection ended. */
export async function seen(
  client: Client,
  phones: readonly string[],
  key?: string,
): Promise<readonly unknown[]> {
  const giveUp = new AbortController();
  const call = client.raw(
    phones.map((phone) => to(phone)),
    key,
    giveUp.signal,
  );
  // A hang has no end of its own: by now the request has arrived, and whoever answers has answered.
  const hung = hangs(client).then((isHung) => isHung && giveUp.abort());
  const response = await call.catch((error: unknown) => {
    if (error instanceof Error) return undefined;
    throw error;
  });
  await hung;
  if (!response) return [giveUp.signal.aborted ? 'hung' : 'cut'];
  const body = await response.text().catch((error: unknown) => {
    if (error instanceof TypeError) return 'half';
    throw error;
  });
  return [response.status, body.startsWith('{"errorMessage"') ? summarised(body) : titleOf(body)];
}

async function hangs(client: Client): Promise<boolean> {
  for (let asked = 0; asked < 50; asked += 1) {
    const { requests } = await client.summary();
    if (requests.seen > 0 && requests.inFlight === 0) return false;
  }
  return true;
}

function titleOf(body: string): string {
  return /<title>(.*)<\/title>/.exec(body)?.[1] ?? body;
}

function summarised(body: string): unknown {
  const { errorMessage, numSent, responses } = JSON.parse(body);
  return [errorMessage, numSent, responses.length];
}
