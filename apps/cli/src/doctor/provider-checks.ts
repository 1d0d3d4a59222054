import { chooseBaseUrl, createAfricasTalking, DEFAULT_HTTP } from '@salio/airtime';
import { judgeBalance } from './checks/balance.ts';
import { judgeProvider } from './checks/provider-settings.ts';
import { skipped, type Check } from './finding.ts';
import { withSetting, type ReadSetting } from './look.ts';

/** What can be known of the provider without moving money. */
export function providerChecks(read: ReadSetting, timeoutMs: number): Check[] {
  const settingsOf = (username: string) => ({ username, baseUrl: read('AIRTIME_BASE_URL') });
  return [
    {
      name: 'provider settings',
      look: () => withSetting(read, 'AIRTIME_USERNAME', (name) => judgeProvider(settingsOf(name))),
    },
    {
      name: 'provider key, balance',
      look: () =>
        withSetting(read, 'AIRTIME_USERNAME', (username) =>
          withSetting(read, 'AIRTIME_API_KEY', async (apiKey) => {
            const settings = settingsOf(username);
            if (judgeProvider(settings).level === 'fail') return skipped('its settings are wrong');
            return judgeBalance(
              await askBalance(username, apiKey, chooseBaseUrl(settings), timeoutMs),
            );
          }),
        ),
    },
  ];
}

async function askBalance(username: string, apiKey: string, baseUrl: URL, timeoutMs: number) {
  const provider = createAfricasTalking({
    ...DEFAULT_HTTP,
    username,
    apiKey,
    baseUrl,
    connections: 1,
    connectTimeoutMs: timeoutMs,
    requestTimeoutMs: timeoutMs,
    repeat: { tries: 1, backoffMs: 0 },
  });
  try {
    return await provider.balance(AbortSignal.timeout(timeoutMs));
  } finally {
    await provider.close();
  }
}
