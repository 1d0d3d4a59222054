/**
 * The fields of a callback. A value that is neither text nor number, or that stands there twice, makes the whole unreadable:
 * whoever sends such a thing means something that is not known here.
 */
export type Fields =
  | { readonly kind: 'fields'; readonly text: (name: string) => string | undefined }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * Reads a callback as JSON or as a form: as its content type says, else as the other. Both were seen, also under the wrong
 * content type (contract 3.2). It is one of them if it has at least one of the names asked for.
 */
export function readFields(contentType: string, body: string, names: readonly string[]): Fields {
  const form = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType);
  const ways = form ? [readForm, readJson] : [readJson, readForm];
  const text = body.trimStart(); // a byte order mark too
  for (const read of ways) {
    const fields = read(text, names);
    if (fields) return fields;
  }
  return { kind: 'unreadable', reason: 'it is neither JSON nor a form that has the fields' };
}

function readForm(body: string, names: readonly string[]): Fields | undefined {
  // JSON under a wrong content type: an ampersand in one of its texts must not make a field.
  if (body.startsWith('{')) return undefined;
  const form = new URLSearchParams(body);
  if (!names.some((name) => form.has(name))) return undefined;
  return collect(names, (name) => form.getAll(name));
}

function readJson(body: string, names: readonly string[]): Fields | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body, keepDigits);
  } catch {
    return undefined; // broken JSON is an ordinary ending here: it may be a form
  }
  if (typeof value !== 'object' || value === null) return undefined;
  // Own fields only: a name like "constructor" is nobody's here.
  const given = new Map<string, unknown>(Object.entries(value));
  if (!names.some((name) => given.has(name))) return undefined;
  return collect(names, (name) => {
    const field = given.get(name);
    return field === undefined || field === null ? [] : [field];
  });
}

/** A JSON number by its digits, never read as a float: `500.00` stays `500.00`. */
class WrittenNumber {
  readonly digits: string;
  constructor(digits: string) {
    this.digits = digits;
  }
}

/** A reviver: the engine shows it each number as it was written. */
function keepDigits(_name: string, value: unknown, context?: { readonly source?: string }) {
  return typeof value === 'number' ? new WrittenNumber(context?.source ?? 'unknown') : value;
}

function collect(names: readonly string[], valuesOf: (name: string) => readonly unknown[]): Fields {
  const found = new Map<string, string>();
  for (const name of names) {
    const [value, ...more] = valuesOf(name);
    if (value === undefined) continue;
    if (more.length > 0) return { kind: 'unreadable', reason: `${name} is there twice` };
    if (value instanceof WrittenNumber) found.set(name, value.digits);
    else if (typeof value === 'string') found.set(name, value);
    else return { kind: 'unreadable', reason: `${name} is neither text nor number` };
  }
  return { kind: 'fields', text: (name) => found.get(name) };
}
