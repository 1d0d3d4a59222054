import { AirtimeSettingsError, chooseBaseUrl } from '@salio/airtime';
import { fail, ok, warn, type Finding } from '../finding.ts';

export interface ProviderNames {
  readonly username: string;
  readonly baseUrl: string | undefined;
}

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/** Whether account and address belong together. */
export function judgeProvider({ username, baseUrl }: ProviderNames): Finding {
  let url: URL;
  try {
    url = chooseBaseUrl({ username, baseUrl });
  } catch (error) {
    if (!(error instanceof AirtimeSettingsError)) throw error;
    return fail(
      error.message,
      'mend AIRTIME_USERNAME or AIRTIME_BASE_URL: a worker would not start',
    );
  }
  const says = `account ${username} at ${url.host}`;
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    return warn(`${says}, without TLS`, 'the API key can be read on the way: use https');
  }
  return ok(says);
}
