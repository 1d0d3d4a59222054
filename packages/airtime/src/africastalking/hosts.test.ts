import { describe, expect, it } from 'vitest';
import { AirtimeSettingsError, assertNotLive, chooseBaseUrl } from './hosts.ts';

describe('chooseBaseUrl', () => {
  it.each([
    ['sandbox', undefined, 'https://api.sandbox.africastalking.com/'],
    ['acme', undefined, 'https://api.africastalking.com/'],
    [
      'sandbox',
      'https://api.sandbox.africastalking.com',
      'https://api.sandbox.africastalking.com/',
    ],
    ['acme', 'https://api.africastalking.com', 'https://api.africastalking.com/'],
    ['sandbox', 'http://127.0.0.1:4010', 'http://127.0.0.1:4010/'],
    ['acme', 'http://simulator:4010/path', 'http://simulator:4010/path'],
    ['acme', 'https://notafricastalking.com', 'https://notafricastalking.com/'],
  ])('takes %s and %s to %s', (username, baseUrl, expected) => {
    expect(chooseBaseUrl({ username, baseUrl }).href).toBe(expected);
  });

  it.each([
    ['sandbox', 'https://api.africastalking.com', 'other world'],
    ['sandbox', 'https://API.AFRICASTALKING.COM./', 'other world, written differently'],
    ['acme', 'https://api.sandbox.africastalking.com', 'other world'],
    ['Sandbox', 'https://api.sandbox.africastalking.com', 'not the literal name'],
    ['acme', 'http://api.africastalking.com', 'a key in plain text'],
    ['acme', 'ftp://simulator', 'no HTTP'],
    ['acme', 'simulator:4010', 'no URL'],
    ['acme', 'http://a:b@simulator', 'a password'],
    ['acme', 'http://simulator/?a=1', 'a query'],
    ['acme', 'http://simulator/#a', 'a fragment'],
    ['', undefined, 'no name'],
    ['two words', undefined, 'a space'],
  ])('refuses %s at %s: %s', (username, baseUrl, _why) => {
    expect(() => chooseBaseUrl({ username, baseUrl })).toThrow(AirtimeSettingsError);
  });
});

describe('assertNotLive', () => {
  it.each([
    ['sandbox', 'https://api.sandbox.africastalking.com'],
    ['sandbox', 'http://simulator:4010'],
    ['acme', 'http://127.0.0.1:4010'],
    ['acme', 'http://localhost:4010/path'],
    ['acme', 'http://[::1]:4010'],
  ])('lets %s at %s be probed', (username, baseUrl) => {
    expect(() => assertNotLive({ username, baseUrl: new URL(baseUrl) })).not.toThrow();
  });

  it.each([
    ['acme', 'https://api.africastalking.com'],
    ['sandbox', 'https://api.africastalking.com'],
    ['sandbox', 'https://API.africastalking.com.'],
    ['sandbox', 'https://sandbox.africastalking.com'],
    ['acme', 'https://api.sandbox.africastalking.com'],
    ['acme', 'https://proxy.acme.example'],
    ['acme', 'https://127.0.0.1.acme.example'],
    ['acme', 'https://localhost.acme.example'],
  ])('refuses %s at %s, where money may move', (username, baseUrl) => {
    const asserting = () => assertNotLive({ username, baseUrl: new URL(baseUrl) });
    expect(asserting).toThrow(AirtimeSettingsError);
    expect(asserting).toThrow('may move money');
  });
});
