import type { StartedProcess } from '../child.ts';
import { askCli } from './run-cli.ts';
import type { Environment } from './system.ts';

/** Makes people, by name with their roles as `person add` takes them, and gives what the command line of each needs. */
export type MakePeople = <Name extends string>(
  roles: Readonly<Record<Name, string>>,
) => Promise<Readonly<Record<Name, Environment>>>;

/** The first admin, whose key is made straight on the database. */
const ADMIN = 'root';

/**
 * As an installation gets its people: the first admin and its key straight on the database, everybody else by the ops API, which is
 * started when the first are asked for.
 */
export function createPeople(
  cli: Environment,
  startApi: () => Promise<StartedProcess>,
): MakePeople {
  let admin: Promise<Environment> | undefined;
  const asAdmin = async (): Promise<Environment> => {
    await askCli(['person', 'add', ADMIN, '--roles', 'admin'], cli);
    const { key } = await askCli(['key', 'add', ADMIN], cli);
    const api = await startApi();
    return { SALIO_API_URL: String(api.ready['api']), SALIO_API_KEY: String(key) };
  };
  return async <Name extends string>(roles: Readonly<Record<Name, string>>) => {
    const env = await (admin ??= asAdmin());
    const made: [string, Environment][] = [];
    for (const [name, list] of Object.entries<string>(roles)) {
      await askCli(['person', 'add', name, '--roles', list], env);
      const { key } = await askCli(['key', 'add', name], env);
      made.push([name, { ...env, SALIO_API_KEY: String(key) }]);
    }
    return Object.fromEntries(made) as Record<Name, Environment>; // safe because each name got one
  };
}
