export { escapeFormula } from './cell-text.ts';
export * from './file-form.ts';
export { FormInvalid } from './form-invalid.ts';
export { FileUnreadable } from './file-unreadable.ts';
export { readFileRows, readRows } from './read-rows.ts';
export { readStatement } from './read-statement.ts';
export type { StatementForm } from './statement-form.ts';
export { writeCells } from './write-line.ts';
export { writeRejected } from './write-rejected.ts';
