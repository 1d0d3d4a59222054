/** Starts a process and keeps it; the test kills this one. */
import { join } from 'node:path';
import process from 'node:process';
import { startProcess } from '../../src/index.ts';

const child = await startProcess({
  file: join(import.meta.dirname, 'serve.ts'),
  name: 'grandchild',
});
process.stdout.write(`${JSON.stringify({ ...child.ready, event: 'ready' })}\n`);
