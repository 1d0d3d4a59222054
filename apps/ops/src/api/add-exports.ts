import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import {
  checkRole,
  exports,
  Invalid,
  performExport,
  problem,
  type Export,
} from '@salio/operations';
import type { FastifyInstance } from 'fastify';
import { checkText, whoOf } from './add-operation.ts';
import { say, type ApiOptions } from './start-api.ts';

/**
 * Serves files of CSV as they are written. What goes wrong before the first row is a problem like every other; later the
 * connection is cut, so that nobody takes a part for the whole. A reader that stops reading is cut off, too.
 */
export function addExports(app: FastifyInstance, options: ApiOptions): void {
  const open = new Set<ServerResponse>();
  for (const op of Object.values(exports)) addExport(app, op, options, open);
  // The server closes when its last connection has: whoever reads for long sees that it broke off.
  app.addHook('preClose', async () => {
    for (const raw of open) raw.destroy();
  });
}

function addExport(
  app: FastifyInstance,
  op: Export,
  { desk, limits, log }: ApiOptions,
  open: Set<ServerResponse>,
): void {
  app.route({
    method: 'GET',
    url: op.path,
    exposeHeadRoute: false,
    preParsing: async (request) => checkRole(op, whoOf(request)),
    handler: async (request, reply) => {
      const { raw } = reply;
      if (Buffer.isBuffer(request.body) && request.body.length > 0)
        throw new Invalid('body', 'this operation has none');
      for (const text of Object.values(Object(request.query))) checkText(text);
      // Who is gone already would keep a place for ever.
      if (open.size >= limits.exports || raw.destroyed)
        return say(reply, problem('unavailable', 'too many files are being written'));
      open.add(raw);
      raw.on('close', () => open.delete(raw));
      const who = whoOf(request);
      const tell = (err: unknown) =>
        log.warn({ err, export: op.kind, person: who.person }, 'api.export_cut');
      const pieces = await performExport({ desk, who }, op, request.query);
      const file = Readable.from(readInTime(pieces, raw, limits.exportStallMs), {
        objectMode: false,
      });
      file.on('error', tell);
      // Also where not one piece was taken.
      file.on('close', () => void pieces.return?.().catch(tell));
      return reply
        .type('text/csv; charset=utf-8; header=present')
        .headers({
          'content-disposition': `attachment; filename="${op.kind}.csv"`,
          'x-accel-buffering': 'no',
        })
        .send(file);
    },
  });
}

/** Destroys the connection where the next piece is not asked for within `stallMs`. */
async function* readInTime(
  pieces: AsyncIterable<string>,
  raw: ServerResponse,
  stallMs: number,
): AsyncGenerator<string> {
  for await (const piece of pieces) {
    const stalled = setTimeout(() => raw.destroy(), stallMs);
    try {
      yield piece;
    } finally {
      clearTimeout(stalled);
    }
  }
}
