import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTorture, type TortureOrder, type TortureResult } from '../src/torture/run-torture.ts';

/** A run without a word, in a folder of its own. */
export async function torture(order: Omit<TortureOrder, 'folder' | 'say'>): Promise<TortureResult> {
  const folder = await mkdtemp(join(tmpdir(), 'salio-torture-'));
  try {
    return await runTorture({ ...order, folder, say: () => undefined });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
