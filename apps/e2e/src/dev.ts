import { once } from 'node:events';
import process from 'node:process';
import { startLocalServices, startSystem } from '@salio/testkit';

/** Services and all apps, until Ctrl-C; prints what the command line needs to use them. */
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

await using services = await startLocalServices();
await using system = await startSystem(services, {
  callbacks: { status: true },
  simulator: { LATENCY_MS: '50' },
  // Nobody wants to wait ten minutes to see that a lost line is found again.
  scheduler: { ADOPT_GRACE_SECONDS: '0' },
});

/** Two who may check each other. */
const people = await system.people({ amina: 'operator,approver', brian: 'approver,auditor' });

process.stdout.write('Salio runs. In another terminal:\n\n');
for (const [name, value] of Object.entries(system.cli))
  process.stdout.write(`export ${name}='${value}'\n`);
process.stdout.write('\nnpm run salio -- submit FILE.csv --reference my-first-batch\n');
process.stdout.write(
  '\nThat is straight on the database. As one of two people, with a key of the ops API:\n\n',
);
for (const [name, { SALIO_API_URL = '', SALIO_API_KEY = '' }] of Object.entries(people)) {
  process.stdout.write(
    `${name}() { SALIO_API_URL='${SALIO_API_URL}' SALIO_API_KEY='${SALIO_API_KEY}' "$@"; }\n`,
  );
}
process.stdout.write('\namina npm run salio -- me\n');
process.stdout.write(
  `\nThe provider's stand-in is at ${system.simulatorUrl}; Ctrl-C ends everything.\n`,
);
if (!stop.signal.aborted) await once(stop.signal, 'abort');
