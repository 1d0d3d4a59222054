import { NO_NETWORKS, parseNetworks } from '@salio/domain';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { post, type Posted } from '../src/post.ts';
import {
  openGuardedAgent,
  type GuardedAgentOptions,
  type Resolve,
} from '../src/webhooks/guarded-agent.ts';
import { openSourceEnd, type SourceEnd } from './webhook-fixture.ts';

const LOOPBACK = parseNetworks('127.0.0.0/8');
const REFUSED = { taken: false, status: undefined, reason: 'ADDRESS_REFUSED' };

let end: SourceEnd;
let agents: Agent[];
beforeEach(async () => {
  end = await openSourceEnd();
  agents = [];
});
afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.destroy()));
  await end[Symbol.asyncDispose]();
});

function open(options: Partial<GuardedAgentOptions> = {}): Agent {
  const agent = openGuardedAgent({ allowed: NO_NETWORKS, timeoutMs: 5_000, ...options });
  agents.push(agent);
  return agent;
}
const to = (agent: Agent, host: string): Promise<Posted> =>
  post(agent, {
    url: `http://${host}:${end.port}/`,
    headers: {},
    body: '{}',
    timeoutMs: 10_000,
  });

/** A name that stands for these, one list after the other; the last one for ever. */
function resolver(...lists: string[][]) {
  const asked: string[] = [];
  const resolve: Resolve = (host, done) => {
    const addresses = lists[Math.min(asked.length, lists.length - 1)] ?? [];
    asked.push(host);
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { asked, resolve };
}

describe('an agent for webhooks', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
  ])('does not connect to %s', async (host) => {
    expect(await to(open(), host)).toEqual(REFUSED);
    expect(end.got).toEqual([]);
  });

  it('does not connect to this machine by its name', async () => {
    expect(await to(open(), 'localhost')).toEqual(REFUSED);
    expect(end.got).toEqual([]);
  });

  it('connects to what is allowed, by address and by name', async () => {
    const { resolve } = resolver(['127.0.0.1']);
    expect(await to(open({ allowed: LOOPBACK }), '127.0.0.1')).toMatchObject({ taken: true });
    const named = open({ allowed: LOOPBACK, resolve });
    expect(await to(named, 'payroll.example.org')).toMatchObject({ taken: true });
    expect(end.got.map(({ headers }) => headers.host)).toEqual([
      `127.0.0.1:${end.port}`,
      `payroll.example.org:${end.port}`,
    ]);
  });

  it.each([
    ['is not public', ['10.0.0.1']],
    ['stands for a public address and one that is not', ['203.0.114.1', '127.0.0.1']],
    ['is an address in another form', ['::ffff:127.0.0.1']],
    ['has none', []],
  ])('does not connect to a name that %s', async (_name, addresses) => {
    const { resolve } = resolver(addresses);
    expect(await to(open({ resolve }), 'payroll.example.org')).toEqual(REFUSED);
    expect(end.got).toEqual([]);
  });

  it('judges what it connects to: a name that was public a moment ago gains nothing', async () => {
    // Allowed stands for public here, so that something answers.
    const { asked, resolve } = resolver(['127.0.0.1'], ['10.0.0.1']);
    const agent = open({ allowed: LOOPBACK, resolve });
    expect(await to(agent, 'payroll.example.org')).toMatchObject({ taken: true });
    expect(asked).toEqual(['payroll.example.org']);
    expect(await to(agent, 'payroll.example.org')).toEqual(REFUSED);
    expect(asked).toHaveLength(2);
    expect(end.got).toHaveLength(1);
  });

  it('tells of a name that nobody knows', async () => {
    const resolve: Resolve = (_host, done) =>
      done(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    expect(await to(open({ resolve }), 'payroll.example.org')).toMatchObject({
      taken: false,
      reason: 'ENOTFOUND',
    });
  });
});
