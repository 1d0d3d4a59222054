import { describe, expect, it } from 'vitest';
import { createProgress } from './progress.ts';

/** A place whose clock is ours, and what was written there. */
function place(isTTY: boolean, columns = 60) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const stream = { isTTY, columns, write: (text: string) => written.push(text) };
  return { written, clock, at: { stream, nowMs: () => clock.ms } };
}

describe('progress at a terminal', () => {
  it('draws one line again and again, and ends it', () => {
    const { written, clock, at } = place(true);
    const progress = createProgress(true, at);
    progress.update('begins');
    clock.ms = 100;
    progress.update('goes on', 0.5);
    progress[Symbol.dispose]();
    expect(written).toEqual([
      '\r\u001b[2Kbegins',
      `\r\u001b[2K${'█'.repeat(10)}${'░'.repeat(10)} goes on`,
      '\n',
    ]);
  });

  it('draws no more often than somebody can look, but the last of it', () => {
    const { written, at } = place(true);
    const progress = createProgress(true, at);
    for (let done = 0; done < 1_000; done += 1) progress.update(`${done}`);
    progress[Symbol.dispose]();
    expect(written).toEqual(['\r\u001b[2K0', '\r\u001b[2K999', '\n']);
  });

  it('stays on its line', () => {
    const { written, at } = place(true, 20);
    createProgress(true, at).update('x'.repeat(100));
    expect(written).toEqual([`\r\u001b[2K${'x'.repeat(19)}`]);
  });

  it('says nothing where nothing happened', () => {
    const { written, at } = place(true);
    createProgress(true, at)[Symbol.dispose]();
    expect(written).toEqual([]);
  });
});

describe('progress elsewhere', () => {
  it('is a plain line every ten seconds, and none of what is over sooner', () => {
    const { written, clock, at } = place(false);
    const progress = createProgress(true, at);
    for (clock.ms = 0; clock.ms < 25_000; clock.ms += 500) progress.update(`${clock.ms}`, 0.5);
    progress[Symbol.dispose]();
    expect(written).toEqual(['10000\n', '20000\n']);
  });

  it('is not said where it is not wanted', () => {
    const { written, clock, at } = place(false);
    const progress = createProgress(false, at);
    clock.ms = 60_000;
    progress.update('something');
    progress[Symbol.dispose]();
    expect(written).toEqual([]);
  });
});
