import { openApiDocument, operations } from '@salio/operations';
import { createGeneratorSync } from 'json-schema-faker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiWorld, releaseOf, type Caller } from './support/api-world.ts';

/** Requests of each operation; each has a seed of its own. */
const ROUNDS = 60;

const world = await openApiWorld();
afterAll(() => world[Symbol.asyncDispose]());

type Json = Readonly<Record<string, unknown>>;
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Json;
}
interface Described {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Json }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, unknown>> }>
  >;
}

// safe because openapi.test.ts has it validated
const document = openApiDocument(Object.values(operations)) as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Json };
};
/** But the stream of events, which does not end: api-live.test.ts has what it refuses. */
const described = Object.entries(document.paths)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )
  .filter(({ operation }) => operation.operationId !== 'streamEvents');

/** What programs send that their authors did not think of. */
const ODD: readonly unknown[] = [
  null,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '💸'.repeat(300),
  'a'.repeat(10_000),
  "'; DROP TABLE lines; --",
  '../../etc/passwd',
  '%00',
  '-1',
  -1,
  0,
  1.5,
  1e308,
  2 ** 53,
  true,
  [],
  [[]],
  {},
  { $gt: '' },
  ['x', null],
  '2026-11-28',
  'KES 100',
  'KES 99999999999999999999',
  '9999-12-31T23:59:59.999999999+14:00',
];

let caller: Caller;
let names: Readonly<Record<string, readonly string[]>>;
beforeAll(async () => {
  caller = await world.newcomer('operator', 'approver', 'auditor', 'admin', 'submitter');
  const victim = await world.newcomer('auditor');
  const batches = await Promise.all([1, 2, 3].map(() => world.newBatch()));
  const [first] = batches;
  const released = first?.clientReference ?? '';
  await caller.post(`batches/${released}/release`, await releaseOf(caller, released));
  const { body } = await caller.post('webhooks', {
    source: String((await caller.get('me')).body['source']),
    url: 'https://payroll.example.org/',
    events: ['batch.settled'],
  });
  names = {
    webhook: [String(body['webhook'])],
    batch: batches.flatMap(({ batchId, clientReference }) => [batchId, clientReference]),
    person: [victim.name],
    prefix: [victim.prefix],
    decision: ['1', '2'],
    line: ['1', '2', '3'],
    source: ['source-1', 'source-2'],
    statement: ['1', '2'],
    discrepancy: ['1', '2'],
  };
});

/** Numbers from 0 up to 1 that follow from a seed (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A request that fits the document, or nearly. */
function makeRequest(path: string, { parameters, requestBody }: Described, seed: number) {
  const chance = chanceOf(seed);
  const generator = createGeneratorSync({ seed, optionalsProbability: 0.5 });
  const odd = () => ODD[Math.floor(chance() * ODD.length)];
  const spoil = (value: unknown): unknown => {
    if (chance() < 0.15) return odd();
    if (Array.isArray(value)) return value.map(spoil);
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).filter(() => chance() > 0.05);
    if (chance() < 0.1) fields.push([String(odd()), odd()]);
    return Object.fromEntries(fields.map(([name, inner]) => [name, spoil(inner)]));
  };
  const make = (schema: Json) => {
    const made = generator.generate({ ...schema, components: document.components });
    return seed % 3 === 0 ? made : spoil(made);
  };
  const valueOf = ({ name, schema }: Parameter): string => {
    const known = names[name] ?? [];
    if (chance() < 0.6 && known.length > 0) return known[Math.floor(chance() * known.length)] ?? '';
    const value = make(schema);
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  };
  const query = new URLSearchParams();
  const headers: Record<string, string> = {};
  let address = path;
  for (const parameter of parameters) {
    if (!parameter.required && chance() < 0.5) continue;
    const value = valueOf(parameter).toWellFormed();
    if (parameter.in === 'query') query.set(parameter.name, value);
    if (parameter.in === 'path')
      address = address.replace(`{${parameter.name}}`, encodeURIComponent(value) || '-');
    if (parameter.in === 'header')
      headers[parameter.name] = encodeURIComponent(value).slice(0, 300) || 'x';
  }
  if (chance() < 0.1) headers['if-match'] = chance() < 0.5 ? '"2"' : 'W/"x"';
  const json = requestBody?.content['application/json'];
  const body = json && (chance() < 0.05 ? '{"reason":' : JSON.stringify(make(json.schema)));
  return { address: `${address}?${query.toString()}`, headers, body };
}

/** As many requests as that are answered in a second, or in many where others work. */
const FUZZ_MS = 180_000;

describe.each(described)('$method $path', ({ path, method, operation }) => {
  it(
    'answers whatever comes as its document says, and fails of nothing',
    { timeout: FUZZ_MS },
    async () => {
      const statuses: Record<number, number> = {};
      for (let round = 0; round < ROUNDS; round += 1) {
        const { address, headers, body } = makeRequest(path, operation, round);
        const response = await fetch(`${world.url}${address}`, {
          method: method.toUpperCase(),
          headers: {
            authorization: `Bearer ${caller.key}`,
            ...headers,
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body }),
        });
        const answer = await response.text();
        const { status } = response;
        statuses[status] = (statuses[status] ?? 0) + 1;
        if (status >= 500 || !(status in operation.responses)) {
          throw new Error(`${status} for ${method} ${address} ${body ?? ''}: ${answer}`);
        }
        const type = response.headers.get('content-type') ?? '';
        const [told = ''] = Object.keys(operation.responses[status]?.content ?? {});
        expect(type).toContain(status < 400 ? told : 'application/problem+json');
      }
      expect(Object.keys(statuses).length).toBeGreaterThan(0);
    },
  );
});

it('reaches what operations do, and not only their doors', async () => {
  const { rows } = await world.owner.pool.query<{ verb: string }>(
    `SELECT DISTINCT verb FROM operator_actions WHERE operator = $1`,
    [caller.name],
  );
  expect(rows.length).toBeGreaterThan(5);
});
