import { attemptsExport } from './attempts.ts';
import { discrepanciesExport } from './discrepancies.ts';
import { linesExport } from './lines.ts';
import { postingsExport } from './postings.ts';

/** Everything that can be had as a file of CSV, by its kind. */
export const exports = {
  lines: linesExport,
  attempts: attemptsExport,
  discrepancies: discrepanciesExport,
  postings: postingsExport,
} as const;

export type ExportKind = keyof typeof exports;
