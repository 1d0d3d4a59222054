import process from 'node:process';
import { readTrust, type Ledger } from '@salio/ledger';
import {
  createLog,
  NotReady,
  readSettings,
  runApp,
  SettingsError,
  startHealth,
} from '@salio/runtime';
import { serveApi } from './serve-api.ts';
import { CALLBACKS_GRACE_MS, serveCallbacks } from './serve-callbacks.ts';
import { opsSettings } from './settings.ts';

const settings = readSettings(opsSettings);
const log = createLog('ops', settings.LOG_LEVEL);

await runApp(log, CALLBACKS_GRACE_MS, async ({ stopping }) => {
  await using running = new AsyncDisposableStack();
  const listener = await serveCallbacks(settings, log, running);
  const served = await serveApi(settings, log, running);
  const ledgers = [listener, served].flatMap((each) => each?.ledger ?? []);
  if (ledgers.length === 0) {
    throw new SettingsError(
      'Settings are wrong: set CALLBACK_TOKEN to listen to the provider, OPS_DATABASE_URL to serve the ops API, or both.',
    );
  }
  const health = running.use(
    await startHealth({
      host: settings.HEALTH_HOST,
      port: settings.HEALTH_PORT,
      ready: async () => void (await Promise.all(ledgers.map(answers))),
    }),
  );
  const ready = {
    ...(listener && { callbacks: listener.callbacks.url }),
    ...(served && { api: served.api.url }),
    healthPort: health.port,
  };
  process.stdout.write(`${JSON.stringify({ event: 'ready', app: 'ops', ...ready })}\n`);
  log.info(ready, 'ops.ready');
  await new Promise((resolve) => stopping.addEventListener('abort', resolve, { once: true }));
});

/** Where the database is not trusted, notifications are still recorded, the gate says no by itself, and people must be able to recover it. */
async function answers(ledger: Ledger): Promise<void> {
  const trust = await readTrust(ledger);
  if (trust.kind === 'in_recovery') throw new NotReady(trust.reason);
}
