import type { Command } from 'commander';
import type { ProbeOptions } from '../commands/probe.ts';
import type { RetentionOptions } from '../commands/retention.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_PROVIDER, OF_READERS, OF_SUBMITTERS } from './setting-texts.ts';
import { addSources } from './sources.ts';
import { addWebhooks } from './webhooks.ts';

const setup = () => import('../commands/setup.ts');

/** What is done once, or seldom, by who keeps the installation. */
export function addSetUp(program: Command): void {
  addCommand(program, {
    usage: 'migrate',
    says: 'bring the database to this version',
    settings: ['OWNER_DATABASE_URL'],
    examples: ['salio migrate'],
  }).action(async (options: Json, command: Command) =>
    (await setup()).migrate(told(options, command)),
  );
  addCommand(program, {
    usage: 'keygen',
    says: 'make a key for LEDGER_PRIVATE_KEY',
    settings: [],
    examples: ['salio keygen', 'salio keygen --json'],
  }).action(async (options: Json, command: Command) =>
    (await setup()).makeLedgerKey(told(options, command)),
  );
  addCommand(program, {
    usage: 'secrets <folder>',
    says: 'draw the secrets of a new system, as docker-compose.yml wants them',
    settings: [],
    examples: ['salio secrets ./secrets'],
  }).action(async (folder: string, options: Json, command: Command) => {
    const { makeSecrets } = await import('../commands/secrets.ts');
    return makeSecrets(folder, told(options, command));
  });
  addLogins(program);
  addSources(program);
  addWebhooks(program);
  addProbe(program);
  addRetention(program);
  addDoctor(program);
}

/** Each setting that is there is looked at; those of other machines are skipped. */
function addDoctor(program: Command): void {
  addCommand(program, {
    usage: 'doctor',
    says: 'look whether everything that is set is as it should be, and say what to do',
    settings: [
      ...OF_READERS,
      'OWNER_DATABASE_URL',
      ...OF_SUBMITTERS,
      'LEDGER_PRIVATE_KEY',
      ...OF_PROVIDER,
    ],
    examples: ['salio doctor', 'salio doctor --json'],
  }).action(async (options: Json, command: Command) => {
    const { doctor } = await import('../commands/doctor.ts');
    return doctor(told(options, command));
  });
}

function addLogins(program: Command): void {
  const login = program.command('login').description('who may log in to the database');
  addCommand(login, {
    usage: 'add <group>',
    says: 'make the login that DATABASE_URL names, for app, ops, callbacks, reader or retention',
    settings: ['OWNER_DATABASE_URL', 'DATABASE_URL'],
    examples: ['salio login add app', 'salio login add callbacks'],
  }).action(async (group: string, options: Json, command: Command) => {
    const { addLogin } = await import('../commands/login.ts');
    return addLogin(group, told(options, command));
  });
}

function addRetention(program: Command): void {
  addCommand(program, {
    usage: 'retention',
    says: 'delete phones and raw bodies of batches that were over long ago',
    settings: [
      'RETENTION_DATABASE_URL',
      'RETENTION_DAYS',
      'REPEAT_WITHIN_SECONDS',
      'SALIO_OPERATOR',
    ],
    examples: ['salio retention --older-than 400d --dry-run', 'salio retention --json'],
  })
    .option('--older-than <days>', 'like 400d; otherwise RETENTION_DAYS')
    .option('--dry-run', 'change nothing, and count what would be deleted')
    .action(async (options: RetentionOptions & Json, command: Command) => {
      const { retain } = await import('../commands/retention.ts');
      return retain(told(options, command));
    });
}

function addProbe(program: Command): void {
  addCommand(program, {
    usage: 'probe',
    says: 'measure what a repeated key does, in the sandbox or a simulator',
    settings: OF_PROVIDER,
    examples: ['salio probe', 'salio probe --after 1,60,290,310 --amount "KES 25"'],
  })
    .option('--phone <number>', 'the number that is asked for', '+254711000001')
    .option('--amount <money>', 'of the first send; each further pair asks for one more', 'KES 10')
    .option('--max-minutes <minutes>', 'the oldest send that is repeated', '10')
    .option('--after <list>', 'ages in seconds at which sends are repeated, like 1,5,60')
    .action(async (options: ProbeOptions & Json, command: Command) => {
      const { probe } = await import('../commands/probe.ts');
      return probe(told(options, command));
    });
}
