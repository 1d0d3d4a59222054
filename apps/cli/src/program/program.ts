import { Command } from 'commander';
import { EXIT_MEANINGS } from '../exit-codes.ts';
import { addAudit } from './audit.ts';
import { addCaps } from './caps.ts';
import { addDecisions } from './decisions.ts';
import { addFloat } from './float.ts';
import { addExporting } from './exporting.ts';
import { addOrders } from './orders.ts';
import { addPeople } from './people.ts';
import { addReading } from './reading.ts';
import { addSetUp } from './set-up.ts';
import { addStatements } from './statements.ts';
import { addSubmitting } from './submitting.ts';

/**
 * The whole command line, as a tree of commands. What carries a command out is loaded when it is known which one is wanted: a
 * submitter's process has no use for the ledger, which takes a third of a second and 40 MiB to load. Throws CommanderError where
 * the command line can't be read, and after help.
 */
export function createProgram(): Command {
  const program = new Command('salio')
    .description('Pays airtime to many phones from one instruction: once each, with proof.')
    .option('--json', 'one JSON object per line, for programs')
    .exitOverride()
    // Whoever catches the error says it, also as JSON.
    .configureOutput({ outputError: () => undefined })
    .addHelpText('after', `\n${exitCodes()}\n\nSettings and examples: salio <command> --help`);
  const groups = [
    ['Submitting:', addSubmitting],
    ['Orders:', addOrders],
    ['Looking:', addReading],
    ['Files:', addExporting],
    ['Decisions of two people:', addDecisions],
    ['Money:', addMoney],
    ['Statements of the provider:', addStatements],
    ['Proof:', addAudit],
    ['People and keys:', addPeople],
    ['Setting up:', addSetUp],
  ] as const;
  for (const [heading, add] of groups) add(program.commandsGroup(heading));
  return program.commandsGroup('Help:').helpCommand('help [command]', 'what a command is for');
}

function addMoney(program: Command): void {
  addFloat(program);
  addCaps(program);
}

function exitCodes(): string {
  const lines = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return ['Exit codes:', ...lines].join('\n');
}
