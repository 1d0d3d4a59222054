/** The file can't be read as rows: nothing of it is submitted. Says where. */
export class FileUnreadable extends Error {
  readonly code = 'FILE_UNREADABLE';
  override readonly name = 'FileUnreadable';
  /** The row that can't be read, or the last one that could; undefined where it is the file as a whole. */
  readonly row: number | undefined;

  constructor(message: string, { cause, row }: { cause?: unknown; row?: number } = {}) {
    super(message, { cause });
    this.row = row;
  }
}
