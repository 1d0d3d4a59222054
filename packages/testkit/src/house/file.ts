/** A source file as the rules see it. */
export interface SourceFile {
  /** From the root of the workspace, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Violation {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly rule: string;
  /** What to do about it. */
  readonly advice: string;
}

/** Whether the file is a test or stands beside tests. */
export function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || /^(apps|packages)\/[^/]+\/test\//.test(path);
}

/** The workspace member that a file belongs to, such as `packages/ledger`; undefined at the root. */
export function unitOf(path: string): string | undefined {
  return /^(?:apps|packages)\/[^/]+(?=\/)/.exec(path)?.[0];
}

/** The line, counted from 1, on which the character at `index` stands. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
