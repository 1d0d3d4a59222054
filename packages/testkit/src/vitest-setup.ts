import type { TestProject } from 'vitest/node';
import { addressesOf } from './addresses.ts';
import { dropTestDatabases } from './database.ts';
import { startLocalServices, type LocalServices } from './local-services.ts';

/**
 * The global setup of every project whose tests need services: they start once per run, for the first project, and end
 * after the last. Databases are dropped here alone: ending a pool's connections under a test would be an uncaught error.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = sharedAcrossProjects();
  shared.users += 1;
  shared.services ??= startLocalServices();
  const services = await shared.services;
  project.provide('services', addressesOf(services));
  return async () => {
    shared.users -= 1;
    if (shared.users > 0) return;
    delete shared.services;
    if (!services.postgres.owned) await dropTestDatabases(services);
    await services[Symbol.asyncDispose]();
  };
}

declare global {
  var salioTestServices: Shared | undefined;
}

interface Shared {
  users: number;
  services?: Promise<LocalServices>;
}

/** Each project may load this module anew, so what they share stands on the process. */
function sharedAcrossProjects(): Shared {
  globalThis.salioTestServices ??= { users: 0 };
  return globalThis.salioTestServices;
}
