import type { Command } from 'commander';
import type { ChangeOptions, RedeliverOptions } from '../commands/webhooks.ts';
import { addCommand, told, type Json } from './command.ts';
import { OF_DESK, OF_DESK_READERS, OF_WEBHOOKS } from './setting-texts.ts';

const webhooks = () => import('../commands/webhooks.ts');

type Given<Options> = Omit<Options, 'json'> & Json;

/** Where sources are told of their batches. */
export function addWebhooks(program: Command): void {
  const webhook = program.command('webhook').description('where sources are told of their batches');
  addCommand(webhook, {
    usage: 'add <source> <url>',
    says: 'have a source told of its batches, and print the secret, once',
    settings: [...OF_DESK, ...OF_WEBHOOKS],
    examples: [
      'salio webhook add payroll https://payroll.example.org/salio',
      'salio webhook add payroll https://payroll.example.org/salio --events checked,settled,lines',
    ],
  })
    .option('--events <list>', 'what it is told', 'all')
    .action(
      async (source: string, url: string, options: Json & { events: string }, command: Command) =>
        (await webhooks()).addWebhook(source, url, told(options, command)),
    );
  addCommand(webhook, {
    usage: 'list',
    says: 'all webhooks, and how they stand',
    settings: OF_DESK_READERS,
    examples: ['salio webhook list', 'salio webhook list --source payroll'],
  })
    .option('--source <name>', 'only those of this source')
    .action(async (options: Json & { source?: string }, command: Command) =>
      (await webhooks()).showWebhooks(told(options, command)),
    );
  addChange(webhook);
  addRotateAndRemove(webhook);
  addDeliveries(webhook);
}

const ID = '5f0c1a52-6f2e-4a4e-8f53-0d8a0c1b2e3f';

function addChange(webhook: Command): void {
  addCommand(webhook, {
    usage: 'change <id>',
    says: 'give a webhook another URL or other events, or switch it off or on',
    settings: [...OF_DESK, ...OF_WEBHOOKS],
    examples: [
      `salio webhook change ${ID} --url https://hr.example.org/salio --reason "moved"`,
      `salio webhook change ${ID} --off --reason "under repair" --version 3`,
    ],
  })
    .option('--url <url>', 'where it goes')
    .option('--events <list>', 'what it is told')
    .option('--on', 'tell it again')
    .option('--off', 'tell it nothing for now')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--version <number>', 'the version that you looked at')
    .action(
      async (
        id: string,
        options: Given<ChangeOptions> & { on?: true; off?: true },
        command: Command,
      ) => {
        const { on, off, ...rest } = told(options, command);
        const enabled = on || off ? { enabled: on === true && off === undefined } : {};
        return (await webhooks()).changeWebhook(id, { ...rest, ...enabled });
      },
    );
}

function addRotateAndRemove(webhook: Command): void {
  addCommand(webhook, {
    usage: 'rotate <id>',
    says: 'give a webhook another secret and print it, once',
    settings: [...OF_DESK, ...OF_WEBHOOKS],
    examples: [`salio webhook rotate ${ID}`, `salio webhook rotate ${ID} --overlap-hours 0`],
  })
    .option('--overlap-hours <hours>', 'how long it is signed with the old secret as well', '24')
    .option('--reason <text>', 'why, for the record')
    .action(
      async (
        id: string,
        options: Json & { overlapHours: string; reason?: string },
        command: Command,
      ) => (await webhooks()).rotateWebhook(id, told(options, command)),
    );
  addCommand(webhook, {
    usage: 'remove <id>',
    says: 'tell a webhook nothing any more, for good',
    settings: OF_DESK,
    examples: [`salio webhook remove ${ID} --reason "replaced"`],
  })
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (id: string, options: Json & { reason: string }, command: Command) =>
      (await webhooks()).removeWebhook(id, told(options, command)),
    );
}

function addDeliveries(webhook: Command): void {
  addCommand(webhook, {
    usage: 'deliveries <id>',
    says: 'what a webhook was told and how that ended, the newest first',
    settings: OF_DESK_READERS,
    examples: [`salio webhook deliveries ${ID}`, `salio webhook deliveries ${ID} --not-taken`],
  })
    .option('--not-taken', 'only tries that failed')
    .option('--limit <number>', 'tries at most', '100')
    .action(
      async (id: string, options: Json & { notTaken?: true; limit: string }, command: Command) =>
        (await webhooks()).showDeliveries(id, told(options, command)),
    );
  addCommand(webhook, {
    usage: 'redeliver <id>',
    says: 'tell a webhook one event again, or all that were given up',
    settings: OF_DESK,
    examples: [
      `salio webhook redeliver ${ID} --event 0d8a0c1b-6f2e-4a4e-8f53-5f0c1a522e3f`,
      `salio webhook redeliver ${ID} --failed-since "2026-12-01 08:00 Africa/Nairobi"`,
    ],
  })
    .option('--event <id>', 'its webhook-id')
    .option('--failed-since <time>', 'all that were given up from then on')
    .option('--reason <text>', 'why, for the record')
    .action(async (id: string, options: Given<RedeliverOptions>, command: Command) =>
      (await webhooks()).redeliverWebhook(id, told(options, command)),
    );
}
