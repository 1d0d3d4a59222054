import { ROLES, type Role } from '@salio/domain';
import { operations, type Answer } from '@salio/operations';
import type { Output } from '../context.ts';
import { openDesk } from '../desk.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { UsageError } from '../usage-error.ts';

/** People asked for at once. */
const PAGE = 1_000;

/** Whose key this is. */
export async function showMe({ json }: Output): Promise<void> {
  await using desk = openDesk();
  const me = await desk.ask(operations.readMe, {});
  if (json) return printJson(me);
  const { person, kind, roles, source, key } = me;
  const way = kind === 'database' ? 'straight on the database' : `key ${key}`;
  const of = source === undefined ? '' : `; submits for ${source}`;
  printLine(`${person} (${kind}, ${way}): ${roles.join(', ')}${of}`);
}

export interface AddPersonOptions extends Output {
  readonly roles: string;
  readonly system?: true;
  readonly source?: string;
}

/** Lets somebody use the ops API. A key is made apart. */
export async function addPerson(name: string, options: AddPersonOptions): Promise<void> {
  const { source, system, json } = options;
  const roles = parseRoles(options.roles);
  await using desk = openDesk();
  const done = await desk.ask(operations.addPerson, {
    body: {
      name,
      roles,
      kind: system ? 'system' : 'person',
      ...(source !== undefined && { source }),
    },
  });
  if (json) printJson({ ...done, roles });
  else printLine(`${name} is ${roles.join(', ')}. A key is made with: salio key add ${name}`);
}

export interface ChangePersonOptions extends Output {
  readonly roles?: string;
  readonly disabled?: boolean;
  readonly reason: string;
  readonly version?: string;
}

/** Gives somebody other roles, or takes their keys no more, or again. */
export async function changePerson(person: string, options: ChangePersonOptions): Promise<void> {
  const { disabled, reason, version, json } = options;
  if (version !== undefined && !/^[1-9]\d{0,8}$/.test(version))
    throw new UsageError('--version is a whole number');
  const roles = options.roles === undefined ? undefined : parseRoles(options.roles);
  await using desk = openDesk();
  const done = await desk.ask(operations.changePerson, {
    params: { person },
    body: {
      reason,
      ...(roles && { roles }),
      ...(disabled !== undefined && { disabled }),
      ...(version !== undefined && { version: Number(version) }),
    },
  });
  if (json) return printJson({ ...done, roles, disabled });
  if (roles) printLine(`${person} is ${roles.join(', ')} from the next request on.`);
  else printLine(disabled ? `No key of ${person} is taken any more.` : `${person} is back.`);
}

/** Everybody who may use the ops API, with their keys. */
export async function listPeople({ json }: Output): Promise<void> {
  await using desk = openDesk();
  const people: Person[] = [];
  let after: string | undefined = '';
  while (after !== undefined) {
    const query = { limit: PAGE, ...(after !== '' && { after }) };
    const page: Answer<typeof operations.listPeople> = await desk.ask(operations.listPeople, {
      query,
    });
    if (json) for (const person of page.people) printJson(person);
    people.push(...page.people);
    after = page.next;
  }
  if (!json) {
    printTable(['name', 'kind', 'roles', 'source', 'disabled', 'keys'], people.map(cells));
  }
}

type Person = Answer<typeof operations.listPeople>['people'][number];

function cells({ name, kind, roles, source, disabledAt, keys }: Person): string[] {
  const taken = keys.filter(({ revokedAt }) => revokedAt === null);
  return [
    name,
    kind,
    roles.join(', '),
    source ?? '',
    disabledAt?.toISOString() ?? '',
    taken.map((key) => `${key.prefix} until ${key.expiresAt.toISOString()}`).join(', '),
  ];
}

function parseRoles(text: string): Role[] {
  return text.split(',').map((piece) => {
    const role = ROLES.find((known) => known === piece.trim());
    if (role) return role;
    throw new UsageError(`--roles is a list of ${ROLES.join(', ')}: "${piece}" is none of them`);
  });
}
