import type { Command } from 'commander';
import type { VerifyOptions } from '../commands/audit.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_READERS } from './setting-texts.ts';

const audit = () => import('../commands/audit.ts');

/** What proves that nothing recorded was changed. */
export function addAudit(program: Command): void {
  const chain = program.command('audit').description('the chain of hashes over all facts');
  addCommand(chain, {
    usage: 'verify',
    says: 'find the first fact that was changed, inserted or removed',
    settings: OF_READERS,
    examples: [
      'salio audit verify',
      'salio audit verify --head 12-4f5c0e27a3c4d0b1f6a98be1b6f28d9c0f1e2d3c4b5a69788796a5b4c3d2e1f0',
    ],
  })
    .option(
      '--head <head>',
      'a head that was noted before: shows a tail cut off, or a chain made anew',
    )
    .action(async (options: VerifyOptions & Json, command: Command) =>
      (await audit()).verifyAudit(told(options, command)),
    );
  addCommand(chain, {
    usage: 'head',
    says: 'print the newest head, to be noted where nobody can change it',
    settings: OF_READERS,
    examples: ['salio audit head >> heads.txt'],
  }).action(async (options: Json, command: Command) =>
    (await audit()).showHead(told(options, command)),
  );
}
