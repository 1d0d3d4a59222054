/** The file can't be read as rows: nothing of it is submitted. Says where. */
export class FileUnreadable extends Error {
  readonly code = 'FILE_UNREADABLE';
  override readonly name = 'FileUnreadable';
}
