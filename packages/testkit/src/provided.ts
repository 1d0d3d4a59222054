import type { ServiceAddresses } from './local-services.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What the global setup started: `inject('services')` in a test file. */
    services: ServiceAddresses;
  }
}
