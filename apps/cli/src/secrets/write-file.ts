import { randomUUID } from 'node:crypto';
import { link, open, rename, rm } from 'node:fs/promises';

/** Writes a file that only its owner may read, whole or not at all; false where one is there, which stays. */
export async function writeOnce(path: string, text: string): Promise<boolean> {
  const draft = await writeDraft(path, text, 0o600);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

/** Puts a file in the place of the one that may be there, whole or not at all; everybody may read it who gets that far. */
export async function replaceFile(path: string, text: string): Promise<void> {
  await rename(await writeDraft(path, text, 0o444), path);
}

async function writeDraft(path: string, text: string, mode: number): Promise<string> {
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, 'wx', mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}
