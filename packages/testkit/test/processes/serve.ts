/** Listens on a free port, as apps do, or fails in the way that its argument says. */
import { createServer } from 'node:net';
import process from 'node:process';

const way = process.argv[2];
const secrets = { given: process.env['GIVEN'], inherited: process.env['NOT_GIVEN'] };
process.stderr.write('starting\n');
if (way === 'exit') process.exit(3);
if (way === 'deaf') process.on('SIGTERM', () => undefined);
const server = createServer().listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  process.stdout.write('not JSON\n{"event":"starting"}\n');
  if (way === 'silent') return;
  process.stdout.write(`${JSON.stringify({ event: 'listening', port, ...secrets })}\n`);
});
