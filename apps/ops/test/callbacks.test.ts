import { createHash } from 'node:crypto';
import { eventually } from '@salio/testkit';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  notification,
  openLine,
  openWorld,
  post,
  PREVIOUS,
  TOKEN,
  validation,
} from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());
beforeEach(() => world.owner.pool.query('DELETE FROM inbox'));

const FORM = 'application/x-www-form-urlencoded';
const inbox = () => world.count('SELECT count(*) FROM inbox');

describe('a status callback', () => {
  it.each([
    ['JSON', 'application/json', notification()],
    ['a form', FORM, 'requestId=ATQid_form&status=Failed'],
    ['a form that is called JSON', 'application/json', 'requestId=ATQid_mixed&status=Failed'],
    ['JSON that is called a form', FORM, notification()],
    ['JSON that is called nothing', '', notification()],
    ['JSON that is called something else', 'text/xml; charset=latin1', notification()],
    ['JSON whose content type is none', 'nonsense;;', notification()],
  ])('is answered with 200 and kept: %s', async (_name, contentType, body) => {
    const response = await world.post('status', body, contentType);
    expect(response.status).toBe(200);
    expect(await inbox()).toBe(1);
    const bodySha256 = createHash('sha256').update(body).digest();
    const { rows } = await world.owner.pool.query(
      `SELECT b.body, b.content_type FROM notifications n JOIN notification_bodies b ON b.notification_id = n.id
       WHERE n.body_sha256 = $1 AND n.account = 'africastalking/sandbox' AND n.unreadable IS NULL`,
      [bodySha256],
    );
    expect(rows).toEqual([{ body, content_type: contentType }]);
  });

  it.each(['', 'hello', '{"requestId":1'])(
    'is kept where it can not be read: "%s"',
    async (body) => {
      const before = await world.count('SELECT count(*) FROM notifications');
      expect((await world.post('status', body)).status).toBe(200);
      expect(await world.count('SELECT count(*) FROM notifications')).toBe(before + 1);
      expect(await inbox()).toBe(0);
    },
  );

  it('comes a hundred at once in a few commits', async () => {
    const responses = await Promise.all(
      Array.from({ length: 100 }, () => world.post('status', notification())),
    );
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await inbox()).toBe(100);
    const commits = `SELECT count(DISTINCT n.xmin::text) FROM notifications n JOIN inbox i ON i.notification_id = n.id`;
    expect(await world.count(commits)).toBeLessThan(50);
  });

  it('is answered only when it is committed', async () => {
    const client = await world.owner.pool.connect();
    await client.query('BEGIN; LOCK TABLE inbox IN SHARE MODE');
    let answered = 0;
    const all = [1, 2].map(async () => {
      const { status } = await world.post('status', notification());
      answered += 1;
      return status;
    });
    const blocked = `SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`;
    await eventually(async () => (await world.count(blocked)) > 0);
    expect(answered).toBe(0);
    await client.query('COMMIT');
    client.release();
    expect(await Promise.all(all)).toEqual([200, 200]);
    expect(await inbox()).toBe(2);
  });
});

describe('a validation callback', () => {
  const ask = async (body: string) => {
    const response = await world.post('validation', body);
    return [response.status, await response.json()];
  };

  it('is answered with Validated once for a line that is being sent', async () => {
    const phone = await openLine(world);
    const asked = validation(phone);
    expect(await ask(asked)).toEqual([200, { status: 'Validated' }]);
    expect(await ask(asked)).toEqual([200, { status: 'Validated' }]);
    expect(await ask(validation(phone))).toEqual([200, { status: 'Failed' }]);
  });

  it('is answered with Failed for what nobody asked for, and for what it can not read', async () => {
    expect(await ask(validation('+254799999999'))).toEqual([200, { status: 'Failed' }]);
    expect(await ask('hello')).toEqual([200, { status: 'Failed' }]);
    expect(await ask('')).toEqual([200, { status: 'Failed' }]);
  });

  it('is answered with exactly one yes where many ask at once', async () => {
    const phone = await openLine(world);
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(validation(phone))));
    const yes = answers.filter(([, said]) => JSON.stringify(said).includes('Validated'));
    expect(yes).toHaveLength(1);
    expect(answers.every(([status]) => status === 200)).toBe(true);
  });
});

describe('whoever does not know the token', () => {
  /** What a client can see of an answer. */
  const seen = async (response: Response) => {
    const headers = [...response.headers].filter(([name]) => name !== 'date');
    return { status: response.status, text: await response.text(), headers };
  };

  it('sees a server that has nothing, whatever they ask for', async () => {
    const elsewhere = await seen(await post(new URL('/', world.url).href, 'x', ''));
    expect(elsewhere).toMatchObject({ status: 404, text: 'not found\n' });
    const wrong = [
      `${world.url}/${TOKEN.slice(0, -1)}/status`,
      `${world.url}/${TOKEN}x/status`,
      `${world.url}/${TOKEN.toLowerCase()}/validation`,
      `${world.url}/${'x'.repeat(500)}/status`,
      `${world.url}/%zz/status`,
      `${world.url}//status`,
      `${world.url}/${TOKEN}/other`,
      `${world.url}/${TOKEN}`,
    ];
    for (const url of wrong) {
      for (const body of ['x', 'x'.repeat(100_000)]) {
        expect([url, await seen(await post(url, body, 'nonsense'))]).toEqual([url, elsewhere]);
      }
    }
    const got = await seen(await fetch(`${world.url}/${TOKEN}/status`));
    expect(got).toEqual(elsewhere);
    expect(await inbox()).toBe(0);
  });

  it('is let in with the previous token while it is changed', async () => {
    const url = `${world.url}/${PREVIOUS}/status`;
    expect((await post(url, notification(), 'application/json')).status).toBe(200);
  });
});
