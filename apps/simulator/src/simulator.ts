import type { Log } from '@salio/runtime';
import { openProvider, type Provider } from './provider.ts';
import { route } from './route.ts';
import { type RunningServer, startServer } from './server.ts';
import type { SimulatorSettings } from './settings.ts';
import { systemWorld, type World } from './world.ts';

/**
 * Reads the book back and serves until it is disposed of; then answers what is under way and closes the book. Throws
 * BookError; rejects where the port is taken.
 */
export async function startSimulator(
  settings: SimulatorSettings,
  log: Log,
  world: Partial<World> = {},
): Promise<RunningServer> {
  const provider = openProvider(settings, { ...systemWorld, ...world });
  const server = await serve(provider).catch(async (error: unknown) => {
    await close(provider);
    throw error;
  });
  const { credits, lastNumber } = provider.book;
  const book = { credits: credits.count, lastRequest: lastNumber };
  log.info({ url: server.url, ...book }, 'simulator.started');
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await close(provider);
    },
  };
}

function serve(provider: Provider): Promise<RunningServer> {
  const { HOST, PORT } = provider.settings.start;
  return startServer(HOST, PORT, (request, response) => {
    route(provider, request, response).catch(fail);
  });
}

/** What is put off, and what is owed to NOTIFY_URL, stays in the book's file; a line that is being validated is forgotten. */
async function close({ late, notifier, book, caller }: Provider): Promise<void> {
  late[Symbol.dispose]();
  notifier[Symbol.dispose]();
  book[Symbol.dispose]();
  await caller[Symbol.asyncDispose]();
}

/** A stand-in that failed is no witness any more: the error ends the process. */
function fail(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
