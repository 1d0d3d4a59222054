import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { arm, armedFile, disarm, hitFile, takeStopped } from './crash-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'salio-crashes-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a process does that passes the point (preload.ts). */
function pass(pid: number): void {
  renameSync(armedFile(folder, 'here', 'SIGSTOP'), hitFile(folder, 'here', 'SIGSTOP', pid));
}

it('gives who stopped at a point once', () => {
  arm(folder, 'here', 'SIGSTOP');
  expect(takeStopped(folder, 'here')).toBeUndefined();
  pass(12);
  expect([takeStopped(folder, 'here'), takeStopped(folder, 'here')]).toEqual([12, undefined]);
});

it('leaves nothing armed that nobody came to', () => {
  arm(folder, 'here', 'SIGSTOP');
  expect(disarm(folder, 'here', 'SIGSTOP')).toBe(true);
  expect(() => pass(12)).toThrow('ENOENT');
});

it('does not forget who came at the last moment', () => {
  arm(folder, 'here', 'SIGSTOP');
  pass(12);
  expect(disarm(folder, 'here', 'SIGSTOP')).toBe(false);
  expect(takeStopped(folder, 'here')).toBe(12);
});
