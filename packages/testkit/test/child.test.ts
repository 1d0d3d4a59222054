import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, runProcess, startProcess } from '../src/index.ts';
import { answers } from './answers.ts';

const file = join(import.meta.dirname, 'processes/serve.ts');
const parent = join(import.meta.dirname, 'processes/parent.ts');
const name = 'the server';

describe('startProcess', () => {
  it('waits for the line that says it listens, past everything else', async () => {
    await using server = await startProcess({ file, name });
    expect(server.ready).toMatchObject({ event: 'listening' });
    expect(await answers(Number(server.ready['port']))).toBe(true);
    expect(server.stdout()).toContain('not JSON');
    expect(server.stderr()).toBe('starting\n');
  });

  it('gives it the environment that it is told, and not our own', async () => {
    process.env['NOT_GIVEN'] = 'ours';
    await using server = await startProcess({ file, name, env: { GIVEN: 'its own' } });
    expect(server.ready['given']).toBe('its own');
    expect(server.ready['inherited']).toBeUndefined();
  });

  it('says how it ended and what it wrote where it ended before it was ready', async () => {
    await expect(startProcess({ file, name, args: ['exit'] })).rejects.toThrow(
      /^the server ended before it was ready \(3\)\nstarting/,
    );
  });

  it('kills one that is not ready in time', async () => {
    await expect(startProcess({ file, name, args: ['silent'], readyMs: 500 })).rejects.toThrow(
      'the server was not ready within 500 ms',
    );
  });

  it('stops it with SIGTERM at disposal', async () => {
    const server = await startProcess({ file, name });
    await server[Symbol.asyncDispose]();
    expect(await server.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('kills one that does not obey', async () => {
    const server = await startProcess({ file, name, args: ['deaf'] });
    await server[Symbol.asyncDispose]();
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('stops one that was paused', async () => {
    const server = await startProcess({ file, name });
    server.kill('SIGSTOP');
    await server[Symbol.asyncDispose]();
    expect(await server.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  it('lets none outlive a parent that was killed with SIGKILL', async () => {
    const started = await startProcess({ file: parent, name: 'the parent' });
    const port = Number(started.ready['port']);
    expect(await answers(port)).toBe(true);
    started.kill('SIGKILL');
    await eventually(async () => !(await answers(port)));
  });
});

describe('runProcess', () => {
  it('gives what it wrote and how it ended', async () => {
    expect(await runProcess({ file, name, args: ['exit'] })).toEqual({
      code: 3,
      signal: null,
      stdout: '',
      stderr: 'starting\n',
    });
  });

  it('kills one that does not end', async () => {
    await expect(runProcess({ file, name, timeoutMs: 500 })).rejects.toThrow(
      'the server did not end within 500 ms',
    );
  });
});
