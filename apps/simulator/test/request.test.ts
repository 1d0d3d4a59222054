import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { bench, HEADERS, OTHER, PLAIN, SEND, to } from './fixture.ts';

const JSON_HEADERS = { ...HEADERS, 'Content-Type': 'application/json' };

it('takes a JSON body with an array as it takes a form with a JSON text', async () => {
  const { client, url } = await bench();
  const body = JSON.stringify({ username: 'sandbox', recipients: [to(PLAIN)] });
  const response = await fetch(url + SEND, { method: 'POST', headers: JSON_HEADERS, body });
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ numSent: 1 });
  expect(await client.send([to(OTHER)])).toMatchObject({ status: 201, numSent: 1 });
});

it('answers XML where the client does not say what it accepts', async () => {
  const { url } = await bench();
  const answer = await new Promise<string>((resolve, reject) => {
    const headers = { apikey: 'k', 'Content-Type': 'application/x-www-form-urlencoded' };
    const call = request(url + SEND, { method: 'POST', headers }, (response) => {
      text(response).then(resolve, reject);
    });
    const recipients = encodeURIComponent(JSON.stringify([to(PLAIN)]));
    call.on('error', reject).end(`username=sandbox&recipients=${recipients}`);
  });
  expect(answer).toContain('<?xml version="1.0"?>');
  expect(answer).toContain('\n    <totalAmount>USD 0.9886</totalAmount>\n');
  expect(answer).toContain('\n        <amount>KES 100.0000</amount>\n');
});

it('answers XML where the client accepts only that', async () => {
  const { client } = await bench();
  const response = await client.post(
    { username: 'sandbox', recipients: JSON.stringify([to('<&>')]) },
    { Accept: 'application/xml' },
  );
  expect(response.headers.get('content-type')).toContain('application/xml');
  expect(await response.text()).toContain('<phoneNumber>&lt;&amp;&gt;</phoneNumber>');
});

it.each(['apikey', 'APIKEY', 'apiKey'])('finds the key in the header %s', async (name) => {
  const { url } = await bench({ AIRTIME_API_KEY: 'right' });
  const headers = { [name]: 'right', Accept: 'application/json' };
  const response = await fetch(`${url}/version1/user?username=sandbox`, { headers });
  expect(response.status).toBe(200);
});

it.each([
  ['no key', {}, 'sandbox'],
  ['another key', { apiKey: 'wrong' }, 'sandbox'],
  ['a key of another username', { apiKey: 'right' }, 'acme'],
])('answers 401 in plain text to %s, and credits nothing', async (_, headers, username) => {
  const { client, url } = await bench({ AIRTIME_API_KEY: 'right', AIRTIME_USERNAME: 'sandbox' });
  const response = await fetch(url + SEND, {
    method: 'POST',
    headers: { Accept: 'application/json', ...headers },
    body: new URLSearchParams({ username, recipients: JSON.stringify([to(PLAIN)]) }),
  });
  expect(response.status).toBe(401);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=UTF-8');
  expect(response.headers.get('www-authenticate')).toBe('Basic realm="api",charset=UTF-8');
  expect(await response.text()).toBe('The supplied authentication is invalid');
  expect(await client.summary()).toMatchObject({ credits: 0, requests: { seen: 1 } });
});

it.each(['username', 'recipients'])('answers 400 where the form has no %s', async (field) => {
  const { client } = await bench();
  const fields: Record<string, string> = { username: 'sandbox', recipients: '[]' };
  delete fields[field];
  const response = await client.post(fields);
  expect(response.status).toBe(400);
  expect(response.headers.get('content-type')).toBe('text/plain; charset=UTF-8');
  expect(await response.text()).toBe(`Request is missing required form field '${field}'`);
});

it.each([
  ['not JSON', '[{'],
  ['no array', '{"phoneNumber":"+254711000001","amount":"KES 10"}'],
  ['empty', '[]'],
  ['without an amount', '[{"phoneNumber":"+254711000001"}]'],
  ['with a number for an amount', '[{"phoneNumber":"+254711000001","amount":10}]'],
  ['null', '[null]'],
  ['more than the limit', JSON.stringify([to(PLAIN), to(OTHER), to(PLAIN)])],
])('answers 400 to recipients that are %s', async (_, recipients) => {
  const { client } = await bench({ MAX_RECIPIENTS: '2' });
  const response = await client.post({ username: 'sandbox', recipients });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain('The request content was malformed:');
  expect(await client.summary()).toMatchObject({ credits: 0 });
});

it('answers 400 to broken escapes and to a retry count that is no number', async () => {
  const { client, url } = await bench();
  const headers = { ...HEADERS, 'Content-Type': 'application/x-www-form-urlencoded' };
  const broken = await fetch(url + SEND, { method: 'POST', headers, body: 'username=%E0%A4%A' });
  expect(broken.status).toBe(400);
  const recipients = JSON.stringify([to(PLAIN)]);
  const fields = { username: 'sandbox', recipients };
  expect((await client.post({ ...fields, maxNumRetry: 'four' })).status).toBe(400);
  expect((await client.post({ ...fields, maxNumRetry: '4' })).status).toBe(201);
});

it('answers 413 to a body above the limit and 415 to another encoding', async () => {
  const { url } = await bench({ MAX_BODY_BYTES: '1000' });
  const post = (body: string, type: string) =>
    fetch(url + SEND, { method: 'POST', headers: { ...HEADERS, 'Content-Type': type }, body });
  expect((await post('x'.repeat(1001), 'application/json')).status).toBe(413);
  expect((await post('hello', 'text/csv')).status).toBe(415);
});

it('answers 404 to an unknown path and 405 to another method', async () => {
  const { client } = await bench();
  expect((await client.get('/version1/airtime/status')).status).toBe(404);
  expect((await client.get(SEND)).status).toBe(405);
  expect((await client.get('/healthz')).status).toBe(200);
  expect((await client.get('/readyz')).status).toBe(200);
});
