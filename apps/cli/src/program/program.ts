import { Command } from 'commander';
import { addAudit } from './audit.ts';
import { addDecisions } from './decisions.ts';
import { addOrders } from './orders.ts';
import { addReading } from './reading.ts';
import { addSetUp } from './set-up.ts';
import { addSubmitting } from './submitting.ts';

/**
 * The whole command line, as a tree of commands. What carries a command out is loaded when it is known which one is wanted: a
 * submitter's process has no use for the ledger, which takes a third of a second and 40 MiB to load.
 */
export function createProgram(): Command {
  const program = new Command('salio')
    .description('Pays airtime to many phones from one instruction: once each, with proof.')
    .option('--json', 'one JSON object per line, for programs');
  addSubmitting(program);
  addOrders(program);
  addReading(program);
  addDecisions(program);
  addAudit(program);
  addSetUp(program);
  return program;
}
