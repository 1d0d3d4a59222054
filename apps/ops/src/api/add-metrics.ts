import { checkRole } from '@salio/operations';
import type { FastifyInstance } from 'fastify';
import { whoOf } from './add-operation.ts';
import type { LiveFigures } from './figures.ts';

/** Who may read the figures: a system that collects them is an auditor. */
const READERS = { id: 'readMetrics', roles: ['operator', 'approver', 'auditor', 'admin'] } as const;

/** How long requests take, seconds. */
const BUCKETS_S = [0.005, 0.02, 0.1, 0.5, 2, 10, 60];

/** `/metrics` in Prometheus' text form, for a key like every other; and counts what is asked of this API. */
export function addMetrics(app: FastifyInstance, figures: LiveFigures): void {
  const { metrics } = figures;
  const took = metrics.histogram(
    'api_request_seconds',
    'Requests of the ops API, by operation and status.',
    ['method', 'route', 'status'],
    BUCKETS_S,
  );
  app.addHook('onResponse', async ({ method, routeOptions }, reply) => {
    // Not the path: that has names in it.
    const labels = { method, route: routeOptions.url ?? 'none', status: String(reply.statusCode) };
    took.observe(labels, reply.elapsedTime / 1000);
  });
  app.get('/metrics', async (request, reply) => {
    checkRole(READERS, whoOf(request));
    await figures.refresh();
    const { contentType, text } = await metrics.print();
    return reply.type(contentType).send(text);
  });
}
