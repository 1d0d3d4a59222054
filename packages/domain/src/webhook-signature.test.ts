import { Webhook } from 'standardwebhooks';
import { expect, it } from 'vitest';
import { webhookHeaders, webhookSecret } from './webhook-signature.ts';

const KEY = 'k'.repeat(32);
const ENDPOINT = '5f0c1a52-6f2e-4a4e-8f53-0d8a0c1b2e3f';

it('signs as the vector of Standard Webhooks has it', () => {
  const headers = webhookHeaders(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1_614_265_330,
    body: '{"test": 2432232314}',
  });
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('signs what the library of Standard Webhooks takes, with the new secret and the old one', () => {
  const [old, now] = [webhookSecret(KEY, ENDPOINT, 1), webhookSecret(KEY, ENDPOINT, 2)];
  const body = JSON.stringify({ type: 'batch.checked', data: { clientReference: 'naïve 🙂' } });
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = webhookHeaders([now, old], { id: ENDPOINT, timestamp, body });
  for (const secret of [old, now]) {
    expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature');
  }
  const other = new Webhook(webhookSecret(KEY, ENDPOINT, 3));
  expect(() => other.verify(body, headers)).toThrow('No matching signature');
});

it('gives each endpoint and version a secret of its own, from the key alone', () => {
  const secrets = [
    webhookSecret(KEY, ENDPOINT, 1),
    webhookSecret(KEY, ENDPOINT, 2),
    webhookSecret(KEY, ENDPOINT.replace('5', '6'), 1),
    webhookSecret('l'.repeat(32), ENDPOINT, 1),
  ];
  expect(new Set(secrets).size).toBe(4);
  expect(secrets[0]).toBe(webhookSecret(KEY, ENDPOINT, 1));
  expect(secrets[0]).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(() => webhookSecret('short', ENDPOINT, 1)).toThrow(RangeError);
});
