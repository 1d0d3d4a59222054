import {
  chooseBaseUrl,
  createAfricasTalking,
  DEFAULT_HTTP,
  type AirtimeProvider,
} from '@salio/airtime';
import { settings } from './settings.ts';

/** Asks the provider, as the account of the settings, and closes the connections. `connections`: most requests at once. */
export async function withProvider<T>(
  connections: number,
  work: (provider: AirtimeProvider) => Promise<T>,
): Promise<T> {
  const { AIRTIME_USERNAME: username, AIRTIME_API_KEY: apiKey, ...rest } = settings.airtime();
  const provider = createAfricasTalking({
    ...DEFAULT_HTTP,
    username,
    apiKey,
    baseUrl: chooseBaseUrl({ username, baseUrl: rest.AIRTIME_BASE_URL }),
    connections,
  });
  try {
    return await work(provider);
  } finally {
    await provider.close();
  }
}
