import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { SourceFile } from './file.ts';

const SOURCES = [
  '*.ts',
  '{apps,packages}/*/*.{ts,mjs}',
  '{apps,packages}/*/{src,test}/**/*.{ts,mjs}',
];

/** The workspace's own source files, read from disk. */
export function readTree(root: string): SourceFile[] {
  return globSync(SOURCES, { cwd: root }).map((path) => ({
    path: path.split(sep).join('/'),
    text: readFileSync(join(root, path), 'utf8'),
  }));
}
