import type { Command } from 'commander';
import type { VerifyOptions } from '../commands/audit.ts';
import { addCommand, told, type Json } from './command.ts';

const audit = () => import('../commands/audit.ts');

/** What proves that nothing recorded was changed. */
export function addAudit(program: Command): void {
  const chain = program.command('audit').description('the chain of hashes over all facts');
  addCommand(chain, 'verify', 'find the first fact that was changed, inserted or removed')
    .option(
      '--head <head>',
      'a head that was noted before: shows a tail cut off, or a chain made anew',
    )
    .action(async (options: VerifyOptions & Json, command: Command) =>
      (await audit()).verifyAudit(told(options, command)),
    );
  addCommand(chain, 'head', 'print the newest head, to be noted where nobody can change it').action(
    async (options: Json, command: Command) => (await audit()).showHead(told(options, command)),
  );
}
