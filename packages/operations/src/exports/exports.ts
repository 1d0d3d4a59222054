import { attemptsExport } from './attempts.ts';
import { discrepanciesExport } from './discrepancies.ts';
import { linesExport } from './lines.ts';

/** Everything that can be had as a file of CSV, by its kind. */
export const exports = {
  lines: linesExport,
  attempts: attemptsExport,
  discrepancies: discrepanciesExport,
} as const;

export type ExportKind = keyof typeof exports;
