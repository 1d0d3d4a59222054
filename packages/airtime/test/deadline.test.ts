import { describe, expect, it } from 'vitest';
import { deadlineIn, systemClock } from '@salio/airtime';
import { ACCEPTED, gate, provider, sendOf, server, TestClock } from './provider-fixture.ts';
import { reply } from './raw-server.ts';

const PASSED = { kind: 'not_sent', reason: 'send_by_passed' };

describe('the deadline for the first byte', () => {
  it('lets no byte leave when it has passed on the wall clock before the call', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const clock = new TestClock();
    const target = provider(raw.url, {}, clock);
    const sendBy = deadlineIn(1_000, clock);
    clock.wallMs += 1_001;
    expect(await target.send(sendOf(target, { sendBy }))).toEqual(PASSED);
    expect(raw.accepted).toHaveLength(0);
  });

  it('lets a byte leave up to the last millisecond, on both clocks', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const clock = new TestClock();
    const target = provider(raw.url, {}, clock);
    const sendBy = deadlineIn(1_000, clock);
    clock.wallMs += 1_000;
    clock.monotonicMs += 1_000;
    expect(await target.send(sendOf(target, { sendBy }))).toMatchObject({
      kind: 'response',
      status: 201,
    });
  });

  it.each(['wallMs', 'monotonicMs'] as const)(
    'lets no byte leave when %s passes while the request waits for a busy connection',
    async (which) => {
      const raw = await server(() => undefined);
      const clock = new TestClock();
      const target = provider(raw.url, { connections: 1 }, clock);
      const sendBy = deadlineIn(60_000, clock);
      const arrived = raw.nextRequest();
      const first = target.send(sendOf(target, { sendBy }));
      const { socket } = await arrived;
      const bytesOfFirst = raw.bytes();
      const second = target.send(sendOf(target, { sendBy }));

      clock[which] += 60_001;
      socket.write(reply(201, ACCEPTED));

      expect(await first).toMatchObject({ kind: 'response', status: 201 });
      expect(await second).toEqual(PASSED);
      await target.close();
      expect(raw.bytes()).toBe(bytesOfFirst);
      expect(raw.requests).toHaveLength(1);
    },
  );

  it('is kept by every request of a queue, and the connection goes on with what is still in time', async () => {
    const raw = await server(({ number, socket }) => {
      if (number > 1) socket.write(reply(201, ACCEPTED));
    });
    const clock = new TestClock();
    const target = provider(raw.url, { connections: 1 }, clock);
    const late = deadlineIn(10_000, clock);
    const arrived = raw.nextRequest();
    const first = target.send(sendOf(target, { sendBy: late }));
    const { socket } = await arrived;
    const tooLate = [1, 2, 3].map(() => target.send(sendOf(target, { sendBy: late })));
    clock.wallMs += 10_001;
    const inTime = target.send(
      sendOf(target, { sendBy: deadlineIn(10_000, clock), idempotencyKey: 'in-time' }),
    );
    socket.write(reply(201, ACCEPTED));

    expect(await Promise.all(tooLate)).toEqual([PASSED, PASSED, PASSED]);
    expect(await inTime).toMatchObject({ kind: 'response' });
    expect(await first).toMatchObject({ kind: 'response' });
    expect(raw.requests).toHaveLength(2);
    expect(raw.requests[1]?.head).toContain('Idempotency-Key: in-time');
  });

  it('lets no byte leave when it passes during a slow connect', async () => {
    const slow = gate();
    const accepted = gate();
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)), {
      tls: true,
      gate: () => slow.opened,
      onAccept: accepted.open,
    });
    const clock = new TestClock();
    const target = provider(raw.url, {}, clock);
    const sending = target.send(sendOf(target, { sendBy: deadlineIn(60_000, clock) }));
    await accepted.opened;
    clock.monotonicMs += 60_001;
    slow.open();
    expect(await sending).toEqual(PASSED);
    await target.close();
    expect(raw.bytes()).toBe(0);
  });

  it('ends a request that finds no connection in time, and later none of its bytes leave', async () => {
    const raw = await server(({ number, socket }) => {
      if (number > 1) socket.write(reply(201, ACCEPTED));
    });
    const target = provider(raw.url, { connections: 1 });
    const arrived = raw.nextRequest();
    const first = target.send(sendOf(target));
    const { socket } = await arrived;
    const sendBy = deadlineIn(20, systemClock);
    expect(await target.send(sendOf(target, { sendBy, idempotencyKey: 'ended' }))).toEqual(PASSED);

    const behind = target.send(sendOf(target, { idempotencyKey: 'behind' }));
    socket.write(reply(201, ACCEPTED));
    expect(await first).toMatchObject({ kind: 'response' });
    expect(await behind).toMatchObject({ kind: 'response' });
    expect(raw.requests.map(({ head }) => /Idempotency-Key: (\S+)/.exec(head)?.[1])).toEqual([
      expect.stringMatching(/^key-/),
      'behind',
    ]);
  });

  it('stays passed when the clock is set back', async () => {
    const raw = await server(({ number, socket }) => {
      if (number > 1) socket.write(reply(201, ACCEPTED));
    });
    const clock = new TestClock();
    const target = provider(raw.url, { connections: 1 }, clock);
    const sendBy = deadlineIn(60_000, clock);
    const arrived = raw.nextRequest();
    const first = target.send(sendOf(target, { sendBy }));
    const { socket } = await arrived;
    const waiting = target.send(sendOf(target, { sendBy: deadlineIn(20, clock) }));
    clock.wallMs += 21;
    expect(await waiting).toEqual(PASSED);

    clock.wallMs -= 21;
    const behind = target.send(sendOf(target, { sendBy }));
    socket.write(reply(201, ACCEPTED));
    expect(await first).toMatchObject({ kind: 'response' });
    expect(await behind).toMatchObject({ kind: 'response' });
    expect(raw.requests).toHaveLength(2);
  });

  it('takes a clock that says no number for one that is past it', async () => {
    const raw = await server(({ socket }) => socket.write(reply(201, ACCEPTED)));
    const target = provider(raw.url, {}, { now: () => Number.NaN, monotonic: () => 0 });
    const sendBy = { wallMs: Number.MAX_SAFE_INTEGER, monotonicMs: Number.MAX_SAFE_INTEGER };
    expect(await target.send(sendOf(target, { sendBy }))).toEqual(PASSED);
    expect(raw.accepted).toHaveLength(0);
  });
});
