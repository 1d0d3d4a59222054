/** One credit as the simulator's book tells it over HTTP. */
export interface BookEntry {
  readonly phone: string;
  readonly currency: string;
  /** Ten-thousandths, as text. */
  readonly amount: string;
  readonly requestId: string;
  /** False where the telco refused later. */
  readonly credited: boolean;
}

const PAGE = 10_000;

/** Reads the whole book, a page at a time. */
export async function* readBook(simulatorUrl: string): AsyncGenerator<BookEntry> {
  let after = 0;
  for (;;) {
    const page = await getJson(`${simulatorUrl}/simulator/book?after=${after}&limit=${PAGE}`);
    const entries = page['entries'];
    if (!Array.isArray(entries)) throw new Error('the book has no entries');
    for (const entry of entries) yield toEntry(entry);
    if (typeof page['next'] !== 'number') return;
    after = page['next'];
  }
}

/** How many credits the book has. */
export async function countCredits(simulatorUrl: string): Promise<number> {
  const summary = await getJson(`${simulatorUrl}/simulator/book/summary`);
  return Number(summary['credits']);
}

async function getJson(url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  const value: unknown = await response.json();
  if (typeof value !== 'object' || value === null) throw new Error(`${url} is no object`);
  return Object.fromEntries(Object.entries(value));
}

function toEntry(value: unknown): BookEntry {
  if (typeof value !== 'object' || value === null)
    throw new Error('an entry of the book is no object');
  const entry = Object.fromEntries(Object.entries(value));
  return {
    phone: String(entry['phone']),
    currency: String(entry['currency']),
    amount: String(entry['tenThousandths']),
    requestId: String(entry['requestId']),
    credited: entry['credited'] !== false,
  };
}
