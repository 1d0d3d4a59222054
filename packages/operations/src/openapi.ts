import { z } from 'zod';
import type { Export } from './exports/export.ts';
import { exports } from './exports/exports.ts';
import { events } from './live/events.ts';
import type { Operation } from './operation.ts';
import { PROBLEMS, type ProblemCode } from './problems.ts';

type Json = Readonly<Record<string, unknown>>;

/** Of the API's document: its version changes where a caller must change. */
const VERSION = '1.0.0';

const TAGS: Readonly<Record<Operation['tag'] | Export['tag'], string>> = {
  batches: 'Submit, look at, release, pause, resume, cancel, retry.',
  lines: 'Find lines of any batch, and read the whole story of one.',
  exports: 'The same as files of CSV, however many rows there are.',
  worklist: 'What waits for people, and what takes two of them.',
  finance: 'What provider accounts have left, and what moved it.',
  statements: 'The provider’s own lists, and what differs from them.',
  people: 'Who may use this API, and with which keys.',
  webhooks: 'Where sources are told of their batches, and what they were told.',
  system: 'Stops, sources, recovery, alarms, what was done by whom.',
};

const ABOUT = `What operations staff do with Salio, over HTTP. Every request carries a key: \`Authorization: Bearer salio_…\`. Whatever changes
something is written down with who, why and from where, and takes an \`Idempotency-Key\` (unless it answers a secret): the same request with the same key is done
once and answered alike for a day. An error is \`application/problem+json\` with a \`code\` that never changes its meaning. Amounts are texts
like \`KES 1000.5000\`.`;

/** Always possible, besides what an operation refuses. */
const EVERYWHERE: readonly ProblemCode[] = [
  'invalid_request',
  'unauthorized',
  'forbidden',
  'not_found',
  'too_slow',
  'conflict',
  'version_changed',
  'too_large',
  'unsupported_media_type',
  'idempotency_mismatch',
  'rate_limited',
  'internal',
  'unavailable',
];

/** The document of the API (OpenAPI 3.1), from the schemas that read requests and write answers. */
export function openApiDocument(operations: readonly Operation[]): Json {
  const schemas = collectSchemas(operations);
  const paths: Record<string, Record<string, Json>> = {};
  for (const op of operations) {
    (paths[op.path] ??= {})[op.method.toLowerCase()] = describe(op);
  }
  paths[events.path] = { get: describeEvents() };
  for (const op of Object.values(exports)) paths[op.path] = { get: describeExport(op) };
  return {
    openapi: '3.1.1',
    info: { title: 'Salio ops API', version: VERSION, description: ABOUT },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      schemas: { ...schemas, Problem: PROBLEM },
      responses: Object.fromEntries(EVERYWHERE.map((code) => [code, problemResponse(code)])),
    },
  };
}

const PROBLEM: Json = {
  type: 'object',
  description: 'RFC 9457. `code` is one of a list that only grows.',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(PROBLEMS) },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['where', 'message'],
        properties: { where: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

const REFERENCE = '#/components/schemas/';

/** Bodies and answers, and every schema in them that has an id of its own. */
function collectSchemas(operations: readonly Operation[]): Json {
  const registry = z.registry<{ id: string }>();
  const collect = (schema: z.ZodType, otherwise: string) => {
    for (const each of partsOf(schema)) {
      const id = z.globalRegistry.get(each)?.id;
      if (id !== undefined && !registry.has(each)) registry.add(each, { id });
    }
    if (!registry.has(schema)) registry.add(schema, { id: otherwise });
  };
  for (const { id, body, answer } of operations) {
    const name = `${id.charAt(0).toUpperCase()}${id.slice(1)}`;
    if (body) collect(body, `${name}Body`);
    collect(answer, `${name}Answer`);
  }
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    uri: (id) => `${REFERENCE}${id}`,
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _schema, $id: _id, id: _name, ...schema }]) => [
      id,
      schema,
    ]),
  );
}

/** A schema, and those that it is made of: arrays, objects, optional ones, codecs. */
function* partsOf(schema: z.ZodType): Generator<z.ZodType> {
  yield schema;
  for (const part of Object.values(schema.def)) {
    if (part instanceof z.ZodType) yield* partsOf(part);
    else if (part !== null && typeof part === 'object' && !(part instanceof RegExp)) {
      for (const inner of Object.values(part)) {
        if (inner instanceof z.ZodType) yield* partsOf(inner);
      }
    }
  }
}

function describe(op: Operation): Json {
  const { id, tag, says, tells, roles, answer, status } = op;
  const takes = roles.length === 0 ? '' : ` Takes the role ${roles.join(' or ')}.`;
  return {
    operationId: id,
    tags: [tag],
    summary: says,
    description: `${tells.replace(/\s+/g, ' ')}${op.upload ? ` ${op.upload.says.replace(/\s+/g, ' ')}` : ''}${takes}`,
    'x-roles': roles,
    parameters: parametersOf(op),
    ...(op.body && {
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: refOf(op.body, `${id}Body`) },
          ...(op.upload && { [op.upload.type]: { schema: { type: 'string' } } }),
        },
      },
    }),
    responses: {
      [status]: {
        description: 'Done.',
        content: { 'application/json': { schema: refOf(answer, `${id}Answer`) } },
      },
      ...refusals(),
    },
  };
}

function describeEvents(): Json {
  const { id, tag, says, tells, query, data } = events;
  const kinds = Object.entries(data).map(([event, schema]) => {
    const { $ref } = refOf(schema, event);
    return `\`${event}\`: ${String($ref)}`;
  });
  return {
    operationId: id,
    tags: [tag],
    summary: says,
    description: `${tells.replace(/\s+/g, ' ')} Data, as JSON: ${kinds.join('; ')}.`,
    'x-roles': [],
    parameters: fieldsOf(query, 'query'),
    responses: {
      200: {
        description: 'Events.',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
      ...refusals(),
    },
  };
}

const OF_EXPORTS = `A file of CSV (RFC 4180) with a header, written as it is read. A connection that is cut off before its end has not
brought all of it. Free texts that a spreadsheet would carry out begin with an apostrophe; phones in them are masked with the others.`;

function describeExport({ id, tag, says, tells, roles, query, columns }: Export): Json {
  const named = columns.map((each) => `\`${each.name}\` (${each.says})`).join(', ');
  return {
    operationId: id,
    tags: [tag],
    summary: says,
    description: `${tells} ${OF_EXPORTS} Columns: ${named}.`.replace(/\s+/g, ' '),
    'x-roles': roles,
    parameters: fieldsOf(query, 'query'),
    responses: {
      200: {
        description: 'The file.',
        content: { 'text/csv': { schema: { type: 'string' } } },
      },
      ...refusals(),
    },
  };
}

function refOf(schema: z.ZodType, otherwise: string): Json {
  const own = z.globalRegistry.get(schema)?.id;
  const name = `${otherwise.charAt(0).toUpperCase()}${otherwise.slice(1)}`;
  return { $ref: `${REFERENCE}${own ?? name}` };
}

function parametersOf(op: Operation): Json[] {
  return [
    ...fieldsOf(op.params, 'path'),
    ...fieldsOf(op.query, 'query'),
    ...uploadFields(op),
    ...(op.keyed ? [IDEMPOTENCY_KEY] : []),
  ];
}

/** No such field is required: a body of JSON has all of them in itself. */
function uploadFields({ upload }: Operation): Json[] {
  if (!upload) return [];
  return fieldsOf(upload.query, 'query').map(({ description = '', ...field }) => {
    const needed = field['required'] === true ? ', where it is required' : '';
    const text = `With ${upload.type}${needed}. ${String(description)}`.trimEnd();
    return { ...field, required: false, description: text };
  });
}

const IDEMPOTENCY_KEY: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'Chosen by the caller: the same request with the same key is done once.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

function fieldsOf(fields: z.ZodObject, place: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = z.toJSONSchema(fields, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(typeof schema === 'object' && schema.description && { description: schema.description }),
    schema,
  }));
}

/** One for each status: codes of the same status stand in one. */
function refusals(): Json {
  const byStatus = Map.groupBy(EVERYWHERE, (code) => PROBLEMS[code][0]);
  return Object.fromEntries(
    [...byStatus].map(([status, [first]]) => [status, { $ref: `#/components/responses/${first}` }]),
  );
}

function problemResponse(code: ProblemCode): Json {
  return {
    description: PROBLEMS[code][1],
    content: { 'application/problem+json': { schema: { $ref: `${REFERENCE}Problem` } } },
  };
}
