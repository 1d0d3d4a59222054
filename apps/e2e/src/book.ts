/** One credit as the simulator's book tells it over HTTP. */
export interface BookEntry {
  readonly phone: string;
  readonly currency: string;
  /** Ten-thousandths, as text. */
  readonly amount: string;
  readonly requestId: string;
  /** Idempotency key of the request that brought it; undefined where it had none. */
  readonly key: string | undefined;
  /** False where the telco refused later. */
  readonly credited: boolean;
}

/** One request whose answer the simulator kept back or spoilt, because it was told to. */
export interface Lie {
  readonly key: string | undefined;
  readonly fault: string;
  /** Whether the answer that the client got proves the truth for every line all the same. */
  readonly truthful: boolean;
}

const PAGE = 10_000;

/** Reads the whole book. */
export async function* readBook(simulatorUrl: string): AsyncGenerator<BookEntry> {
  for await (const entry of readPages(`${simulatorUrl}/simulator/book`)) yield toEntry(entry);
}

/** Reads what the simulator did on purpose. */
export async function* readLies(simulatorUrl: string): AsyncGenerator<Lie> {
  for await (const lie of readPages(`${simulatorUrl}/simulator/lies`)) {
    yield {
      key: textOf(lie['key']),
      fault: String(lie['fault']),
      truthful: lie['truthful'] === true,
    };
  }
}

/** Phones of lines of which the provider told something odd, or by halves, and what that was. */
export async function readNewsLies(simulatorUrl: string): Promise<ReadonlyMap<string, string>> {
  const pages = readPages(`${simulatorUrl}/simulator/notifications/lies`);
  const lies = await Array.fromAsync(pages);
  return new Map(lies.map(({ phone, fault }) => [String(phone), String(fault)]));
}

/** How many credits the book has. */
export async function countCredits(simulatorUrl: string): Promise<number> {
  const summary = await getJson(`${simulatorUrl}/simulator/book/summary`);
  return Number(summary['credits']);
}

/** From now on the simulator tells the truth, and nothing but it. */
export async function stopLies(simulatorUrl: string): Promise<void> {
  const url = `${simulatorUrl}/simulator/settings`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify({ FAULTS: '' }) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
}

/** From now on the provider tells everything that it has not told yet, truly and at once. Whether all of it is told. */
export async function completeNews(simulatorUrl: string): Promise<boolean> {
  const url = `${simulatorUrl}/simulator/notifications/complete`;
  const response = await fetch(url, { method: 'POST' });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return objectOf(await response.json())['open'] === 0;
}

/** Entries of a list that comes in pages. */
async function* readPages(url: string): AsyncGenerator<Record<string, unknown>> {
  let after = 0;
  for (;;) {
    const page = await getJson(`${url}?after=${after}&limit=${PAGE}`);
    const entries = page['entries'];
    if (!Array.isArray(entries)) throw new Error(`${url} has no entries`);
    for (const entry of entries) yield objectOf(entry);
    if (typeof page['next'] !== 'number') return;
    after = page['next'];
  }
}

async function getJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return objectOf(await response.json());
}

function toEntry(entry: Record<string, unknown>): BookEntry {
  return {
    phone: String(entry['phone']),
    currency: String(entry['currency']),
    amount: String(entry['tenThousandths']),
    requestId: String(entry['requestId']),
    key: textOf(entry['key']),
    credited: entry['credited'] !== false,
  };
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('the simulator said no object');
  return Object.fromEntries(Object.entries(value));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
