/** What is said of a file's form can't be: an encoding that is not known, a mapping that is none. */
export class FormInvalid extends Error {
  readonly code = 'USAGE';
  override readonly name = 'FormInvalid';
}
