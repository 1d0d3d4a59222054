import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { BookError } from './book-error.ts';

/** An append-only text file. */
export interface Journal extends Disposable {
  append(line: string): void;
  /** Resolves when all lines so far have reached the system's page cache, which outlives a SIGKILL of this process. */
  saved(): Promise<void>;
  /** Throws away all lines, also those that wait. */
  clear(): void;
}

/** What is saved already. */
export const SAVED = Promise.resolve();

/**
 * Opens the file, gives each of its lines but the heading to `onLine` and cuts off a torn last one. Then collects lines and
 * writes them once per turn of the event loop. A failed write ends the process: the book would no longer be the truth.
 * Throws BookError, and touches nothing, where the file is something else.
 */
export function openJournal(path: string, onLine: (line: string, number: number) => void): Journal {
  mkdirSync(dirname(path), { recursive: true });
  const file = openSync(path, 'a+');
  const length = readLines(file, (line, number) => {
    if (number > 1) onLine(line, number);
    else if (line !== HEADING) throw new BookError(`${path} is not a book`);
  });
  if (length > 0) ftruncateSync(file, length);
  else if (fstatSync(file).size > 0) throw new BookError(`${path} is not a book`);
  else writeSync(file, `${HEADING}\n`);
  return journalOf(file);
}

function journalOf(file: number): Journal {
  let waiting = '';
  let turn: Promise<void> | undefined;
  const flush = () => {
    const bytes = Buffer.from(waiting);
    waiting = '';
    turn = undefined;
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
  };
  const nextTurn = () =>
    new Promise<void>((resolve) => {
      setImmediate(() => {
        flush();
        resolve();
      });
    });
  return {
    append: (line) => {
      waiting += `${line}\n`;
    },
    saved: () => (waiting === '' ? SAVED : (turn ??= nextTurn())),
    clear: () => {
      waiting = '';
      ftruncateSync(file, HEADING.length + 1);
    },
    [Symbol.dispose]: () => {
      flush();
      closeSync(file);
    },
  };
}

/** Gives back the length of the file up to the end of its last whole line. */
function readLines(file: number, onLine: (line: string, number: number) => void): number {
  const block = Buffer.alloc(READ_BYTES);
  let rest = Buffer.alloc(0);
  let [position, whole, number] = [0, 0, 0];
  for (;;) {
    const size = readSync(file, block, 0, READ_BYTES, position);
    if (size === 0) return whole;
    position += size;
    const bytes = Buffer.concat([rest, block.subarray(0, size)]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    rest = Buffer.from(bytes.subarray(end));
    whole += end;
    if (end === 0) continue;
    for (const line of bytes.toString('utf8', 0, end - 1).split('\n')) onLine(line, (number += 1));
  }
}

/** The first line, so that a wrong path is noticed before anything is cut off. */
const HEADING = 'salio simulator book 1';
const NEWLINE = 10;
/** Some ten thousand lines at a time. */
const READ_BYTES = 1024 * 1024;
