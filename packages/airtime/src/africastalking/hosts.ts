/** The provider's hosts (contract 1.1). */
const LIVE_URL = 'https://api.africastalking.com';
const SANDBOX_URL = 'https://api.sandbox.africastalking.com';
/** The username that the sandbox wants, literally; no live account has it (contract 1.1). */
const SANDBOX_USERNAME = 'sandbox';

/** The address or the name of the provider's account can't be meant. Thrown at start; says what to change. */
export class AirtimeSettingsError extends Error {
  readonly code = 'AIRTIME_SETTINGS';
  override readonly name = 'AirtimeSettingsError';
}

/**
 * Where requests go: to the sandbox for its username, else to the live host, unless `baseUrl` names another place (a
 * simulator). Throws AirtimeSettingsError where name and host belong to different worlds, so that a test can't spend money
 * and a payment can't go to a place that only pretends.
 */
export function chooseBaseUrl(settings: { username: string; baseUrl?: string | undefined }): URL {
  const { username, baseUrl } = settings;
  if (!/^[\x21-\x7e]{1,128}$/.test(username)) {
    throw new AirtimeSettingsError(
      'AIRTIME_USERNAME must be the name of an account, without spaces',
    );
  }
  const sandbox = username === SANDBOX_USERNAME;
  if (baseUrl === undefined) return new URL(sandbox ? SANDBOX_URL : LIVE_URL);

  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (
    !url ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.search ||
    url.hash ||
    url.username ||
    url.password
  ) {
    throw new AirtimeSettingsError(
      'AIRTIME_BASE_URL must be an http or https URL without name, query or fragment',
    );
  }
  const host = url.hostname.replace(/\.$/, '');
  if (host !== PROVIDER_DOMAIN && !host.endsWith(`.${PROVIDER_DOMAIN}`)) return url;

  if (url.protocol !== 'https:') {
    throw new AirtimeSettingsError(
      `AIRTIME_BASE_URL must be https for ${host}: the API key goes there`,
    );
  }
  if (sandbox !== host.includes('sandbox')) {
    throw new AirtimeSettingsError(
      `AIRTIME_USERNAME ${sandbox ? 'is' : 'is not'} "${SANDBOX_USERNAME}", but AIRTIME_BASE_URL is ${host}: ` +
        'the sandbox and the live API take different accounts',
    );
  }
  return url;
}

/**
 * Throws AirtimeSettingsError unless no money can move there: the provider's sandbox (whose account the live API doesn't know), or
 * a simulator on this machine. A host of another name may be a way to the live API, so an account of one's own won't do there.
 */
export function assertNotLive(settings: { username: string; baseUrl: URL }): void {
  const { username, baseUrl } = settings;
  const host = baseUrl.hostname.replace(/\.$/, '');
  const provider = host === PROVIDER_DOMAIN || host.endsWith(`.${PROVIDER_DOMAIN}`);
  const safe = provider
    ? username === SANDBOX_USERNAME && host === new URL(SANDBOX_URL).hostname
    : username === SANDBOX_USERNAME || LOOPBACK.test(host);
  if (safe) return;
  throw new AirtimeSettingsError(
    `${host} with the account "${username}" may move money, and this sends twice on purpose: ` +
      `use the account "${SANDBOX_USERNAME}", or a simulator on this machine (AIRTIME_BASE_URL)`,
  );
}

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;
const PROVIDER_DOMAIN = 'africastalking.com';
