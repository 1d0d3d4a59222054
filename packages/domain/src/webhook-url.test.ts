import { describe, expect, it } from 'vitest';
import { NO_NETWORKS, parseNetworks } from './webhook-address.ts';
import { refuseWebhookUrl } from './webhook-url.ts';

const STRICT = { allowHttp: false, allowPrivate: NO_NETWORKS };

describe('a URL that webhooks go to', () => {
  it.each([
    'https://pay.example.org/hook?team=1',
    'https://pay.example.org:8443/',
    'https://1.1.1.1/',
    'https://[2606:4700::1111]/',
  ])('may be %s', (url) => {
    expect(refuseWebhookUrl(url, STRICT)).toBeUndefined();
  });

  it.each([
    'http://pay.example.org/',
    'ftp://pay.example.org/',
    'pay.example.org',
    'https://',
    'https://name:secret@pay.example.org/',
    'https://name@pay.example.org/',
    'https://pay.example.org/#part',
    'https://pay.example.org:25/',
    'https://pay.example.org:80/',
    'https://127.0.0.1/',
    'https://127.0.0.1./',
    'https://127.1/',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://１２７.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fe80::1]/',
    'https://169.254.169.254/latest/meta-data/',
    `https://pay.example.org/${'x'.repeat(2_000)}`,
  ])('may not be %s', (url) => {
    expect(refuseWebhookUrl(url, STRICT)).toMatch(/^must /);
  });

  it('may be plain http, or in a private network, only where that is allowed', () => {
    const loose = { allowHttp: true, allowPrivate: parseNetworks('10.0.0.0/8') };
    expect(refuseWebhookUrl('http://10.0.0.5:8080/', loose)).toBeUndefined();
    expect(refuseWebhookUrl('http://pay.example.org/', loose)).toBeUndefined();
    expect(refuseWebhookUrl('http://127.0.0.1:8080/', loose)).toMatch(/not public/);
    expect(refuseWebhookUrl('https://10.0.0.5/', STRICT)).toMatch(/not public/);
  });
});
