import { once } from 'node:events';
import process from 'node:process';
import { createLog, runApp } from '@salio/runtime';
import { simulatorSettings } from './settings.ts';
import { startSimulator } from './simulator.ts';

/** Well above the server's own grace for answers that are under way. */
const GRACE_MS = 5000;

const settings = simulatorSettings();
const log = createLog('simulator', settings.start.LOG_LEVEL);

await runApp(log, GRACE_MS, async ({ stopping }) => {
  await using simulator = await startSimulator(settings, log);
  process.stdout.write(`${JSON.stringify({ event: 'listening', url: simulator.url })}\n`);
  if (!stopping.aborted) await once(stopping, 'abort');
});
