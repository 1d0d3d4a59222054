/**
 * A job's data is not what its queue carries. Retrying can't help. The message names the field and what is wrong with it,
 * never what stood there: rows hold phones.
 */
export class JobInvalid extends Error {
  override readonly name = 'JobInvalid';
  readonly code = 'job_invalid';
  /** Path of the field, as in `rows.17.2`. */
  readonly field: string;

  constructor(queue: string, field: string, why: string) {
    super(`invalid job in ${queue}: ${field}: ${why}`);
    this.field = field;
  }
}
