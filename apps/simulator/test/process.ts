import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { type Client, client } from './fixture.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

export interface SimulatorProcess {
  readonly child: ChildProcess;
  readonly client: Client;
}

/** The simulator as a process of its own, with a book. Killed when the test is over. */
export async function startProcess(
  file: string,
  overrides: Readonly<Record<string, string>> = {},
): Promise<SimulatorProcess> {
  const env = {
    ...process.env,
    PORT: '0',
    BOOK_FILE: file,
    LOG_LEVEL: 'silent',
    SENT_AFTER_MS: '0',
    FINAL_AFTER_MS: '0',
    ...overrides,
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { event, url } = JSON.parse(line);
    if (event === 'listening') return { child, client: client(String(url)) };
  }
  throw new Error('the simulator ended before it listened');
}

/** A path whose folder the simulator is to make. */
export function bookFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'salio-simulator-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'new', 'book');
}
