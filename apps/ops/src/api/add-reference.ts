import scalar from '@scalar/fastify-api-reference';
import { openApiDocument, operations } from '@salio/operations';
import type { FastifyInstance } from 'fastify';

/** The page loads nothing from elsewhere: where this port is private, there may be no way out. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The document of the API at /openapi.json, and a page to read it at /reference. Neither holds anything secret, so both are open. */
export async function addReference(app: FastifyInstance): Promise<void> {
  const document = openApiDocument(Object.values(operations));
  const text = JSON.stringify(document);
  app.addHook('onSend', async (_request, reply) => {
    void reply.header('content-security-policy', POLICY);
  });
  app.get('/openapi.json', (_request, reply) => reply.type('application/json').send(text));
  await app.register(scalar, {
    routePrefix: '/reference',
    configuration: {
      content: document,
      withDefaultFonts: false,
      telemetry: false,
      hideClientButton: true,
    },
  });
}
