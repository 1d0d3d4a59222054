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
  world: World = systemWorld,
): Promise<RunningServer> {
  const provider = openProvider(settings, world);
  const server = await serve(provider).catch((error: unknown) => {
    provider.book[Symbol.dispose]();
    throw error;
  });
  const { credits, requests } = provider.book;
  log.info(
    { url: server.url, credits: credits.count, lastRequest: requests.lastNumber },
    'simulator.started',
  );
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      provider.book[Symbol.dispose]();
    },
  };
}

function serve(provider: Provider): Promise<RunningServer> {
  const { HOST, PORT } = provider.settings.start;
  return startServer(HOST, PORT, (request, response) => {
    route(provider, request, response).catch(fail);
  });
}

/** A stand-in that failed is no witness any more: the error ends the process. */
function fail(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
