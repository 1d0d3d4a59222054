/** The file is not a book of this simulator, or another hand changed it. Ends the start: the truth can't be known. */
export class BookError extends Error {
  readonly code = 'BOOK_UNREADABLE';
  override readonly name = 'BookError';
}
