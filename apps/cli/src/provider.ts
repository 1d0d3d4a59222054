import {
  chooseBaseUrl,
  createAfricasTalking,
  DEFAULT_HTTP,
  type AirtimeProvider,
} from '@salio/airtime';
import { settings } from './settings.ts';

/** As many requests at once as a retry makes. */
const CONNECTIONS = 8;

export type OpenProvider = AirtimeProvider & { close(): Promise<void> };

/** The provider, as the account of the settings, to be closed; undefined where none is set. Throws where they can't be. */
export function findProvider(): OpenProvider | undefined {
  const isSet = settings.find('AIRTIME_USERNAME') && settings.find('AIRTIME_API_KEY');
  if (!isSet) return undefined;
  const { AIRTIME_USERNAME: username, AIRTIME_API_KEY: apiKey, ...rest } = settings.airtime();
  return createAfricasTalking({
    ...DEFAULT_HTTP,
    username,
    apiKey,
    baseUrl: chooseBaseUrl({ username, baseUrl: rest.AIRTIME_BASE_URL }),
    connections: CONNECTIONS,
  });
}
