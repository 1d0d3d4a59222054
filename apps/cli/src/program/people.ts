import type { Command } from 'commander';
import type { AddPersonOptions } from '../commands/people.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK, OF_DESK_READERS } from './setting-texts.ts';

const people = () => import('../commands/people.ts');
const keys = () => import('../commands/keys.ts');

interface Change {
  reason: string;
  roles: string;
  version?: string;
}

/** Who may use the ops API, and with which keys. */
export function addPeople(program: Command): void {
  addCommand(program, {
    usage: 'me',
    says: 'whose key this is, and what its roles are',
    settings: OF_DESK_READERS,
    examples: ['salio me'],
  }).action(async (options: Json, command: Command) =>
    (await people()).showMe(told(options, command)),
  );
  const person = program.command('person').description('who may use the ops API');
  addPersonAdd(person);
  addCommand(person, {
    usage: 'list',
    says: 'everybody, with their roles and keys',
    settings: OF_DESK_READERS,
    examples: ['salio person list', 'salio person list --json'],
  }).action(async (options: Json, command: Command) =>
    (await people()).listPeople(told(options, command)),
  );
  addChanges(person);
  addKeys(program.command('key').description('keys of the ops API'));
}

function addPersonAdd(person: Command): void {
  addCommand(person, {
    usage: 'add <name>',
    says: 'let a person or a system use the ops API',
    settings: OF_DESK,
    examples: [
      'salio person add amina --roles admin',
      'salio person add brian --roles operator,approver',
      'salio person add hr --system --roles submitter --source payroll',
    ],
  })
    .requiredOption('--roles <list>', 'submitter, operator, approver, auditor, admin')
    .option('--system', 'a program, which may be submitter or auditor')
    .option('--source <name>', 'the source that a submitter submits for')
    .action(
      async (name: string, options: Omit<AddPersonOptions, 'json'> & Json, command: Command) =>
        (await people()).addPerson(name, told(options, command)),
    );
}

function addChanges(person: Command): void {
  addCommand(person, {
    usage: 'change <name>',
    says: 'give somebody other roles',
    settings: OF_DESK,
    examples: ['salio person change brian --roles approver --reason "pays no more"'],
  })
    .requiredOption('--roles <list>', 'all that they have from now on')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--version <number>', 'the version that you looked at')
    .action(async (name: string, options: Json & Change, command: Command) =>
      (await people()).changePerson(name, told(options, command)),
    );
  const switches = [
    [
      'disable',
      true,
      'take no key of somebody any more',
      'salio person disable brian --reason "left"',
    ],
    [
      'enable',
      false,
      'take the keys of somebody again',
      'salio person enable brian --reason "back"',
    ],
  ] as const;
  for (const [name, disabled, says, example] of switches) {
    addCommand(person, {
      usage: `${name} <name>`,
      says,
      settings: OF_DESK,
      examples: [example],
    })
      .requiredOption('--reason <text>', 'why, for the record')
      .action(async (who: string, options: Json & { reason: string }, command: Command) =>
        (await people()).changePerson(who, { ...told(options, command), disabled }),
      );
  }
}

function addKeys(key: Command): void {
  addCommand(key, {
    usage: 'add [person]',
    says: 'make a key of somebody, or your own, and print it, once',
    settings: OF_DESK,
    examples: ['salio key add', 'salio key add brian --days 30'],
  })
    .option('--days <count>', 'how long it is taken', '90')
    .action(async (name: string | undefined, options: Json & { days: string }, command: Command) =>
      (await keys()).addKey(name, told(options, command)),
    );
  addCommand(key, {
    usage: 'revoke <prefix>',
    says: 'take a key no more, from its next request on',
    settings: OF_DESK,
    examples: ['salio key revoke abcdefghij --reason "its laptop was lost"'],
  })
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (prefix: string, options: Json & { reason: string }, command: Command) =>
      (await keys()).revokeKey(prefix, told(options, command)),
    );
}
