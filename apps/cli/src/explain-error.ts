import { CommanderError } from 'commander';
import { EXIT, exitOfError, type ExitCode } from './exit-codes.ts';

/** What people and programs are told of an error. */
export interface Explained {
  /** Its code, for programs. */
  readonly error: string;
  readonly message: string;
  readonly exitCode: ExitCode;
}

/**
 * Explains by the first error in the chain of causes that an exit code is known for. What went wrong with a file counts more
 * than that the rows failed.
 */
export function explainError(caught: unknown): Explained {
  if (caught instanceof CommanderError) return explainUsage(caught);
  const chain = causesOf(caught);
  const known =
    chain.find(({ code }) => code === 'FILE_UNREADABLE') ??
    chain.find(({ code }) => exitOfError(code) !== undefined);
  const told = known ?? chain[0] ?? { code: 'Error', message: String(caught) };
  return {
    error: told.code,
    message: told.message,
    exitCode: exitOfError(told.code) ?? EXIT.other,
  };
}

/** Of the command line itself: an unknown option, a missing argument, no command at all. */
function explainUsage({ code, message }: CommanderError): Explained {
  const text =
    code === 'commander.help'
      ? 'a command is missing: salio --help lists them'
      : message.replace(/^error: /, '');
  return { error: 'USAGE', message: text, exitCode: EXIT.usage };
}

interface Coded {
  readonly code: string;
  readonly message: string;
}

/** More causes than any error of ours has. */
const CAUSES_MAX = 8;

function causesOf(caught: unknown): Coded[] {
  const chain: Coded[] = [];
  for (let at = caught; at instanceof Error && chain.length < CAUSES_MAX; at = at.cause) {
    chain.push({ code: codeOf(at), message: messageOf(at) });
  }
  return chain;
}

/** How the driver of Postgres says, without a code, that a connection did not come about or broke. */
const CONNECTION_LOST =
  /^(timeout exceeded when trying to connect|timeout expired|Connection terminated)/;

function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  return CONNECTION_LOST.test(error.message) ? 'CONNECTION_TIMEOUT' : error.name;
}

/** A host with several addresses gives one error for each, and no words of its own. */
function messageOf(error: Error): string {
  if (error.message !== '') return error.message;
  if (!(error instanceof AggregateError)) return error.name;
  return error.errors
    .map((each: unknown) => (each instanceof Error ? each.message : String(each)))
    .join('; ');
}
