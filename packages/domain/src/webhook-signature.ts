import { createHmac } from 'node:crypto';

/** The secret of an endpoint in one version, which signs what it is told: as Standard Webhooks writes it, `whsec_` and base64. */
export type WebhookSecret = `whsec_${string}`;

/** Of the key that all secrets follow from, characters: 32 that are drawn from 64 are 192 bits. */
export const WEBHOOK_KEY_MIN = 32;

/** The secret follows from the key, so that nothing secret stands in the database. */
export function webhookSecret(key: string, endpointId: string, version: number): WebhookSecret {
  if (key.length < WEBHOOK_KEY_MIN) throw new RangeError('the key of webhooks is too short');
  const digest = createHmac('sha256', key).update(`salio webhook 1\n${endpointId}\n${version}`);
  return `whsec_${digest.digest('base64')}`;
}

/** What is signed: the same id for every try of an event, the moment of this one, and the very bytes of the body. */
export interface WebhookToSign {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

/** The headers of Standard Webhooks (standardwebhooks.com). While an endpoint changes its secret it gets both signatures. */
export function webhookHeaders(
  secrets: readonly WebhookSecret[],
  { id, timestamp, body }: WebhookToSign,
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  const signatures = secrets.map((secret) => {
    const bytes = Buffer.from(secret.slice('whsec_'.length), 'base64');
    return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}
