import { readFileSync } from 'node:fs';

/** A setting as .env.example describes it. */
export interface DescribedSetting {
  /** Who reads it; the command line is `cli`. */
  readonly apps: readonly string[];
  readonly secret: boolean;
  /** What stands behind its name: the default, where there is one. */
  readonly value: string;
}

const APPS = ['worker', 'scheduler', 'ops', 'cli', 'simulator'];
/** After this heading come settings of the simulator alone, which name no app. */
const SIMULATOR = '# --- Simulator';

export function readSettingsPage(path: string): ReadonlyMap<string, DescribedSetting> {
  const [shared = '', simulator = ''] = readFileSync(path, 'utf8').split(SIMULATOR);
  return new Map([...describe(simulator, ['simulator']), ...describe(shared, [])]);
}

/** Comments, and then the settings that they are about. */
function* describe(text: string, apps: readonly string[]): Generator<[string, DescribedSetting]> {
  let comment = '';
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^#? ?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name === undefined) {
      comment = line.startsWith('#') ? `${comment}\n${line}` : '';
      continue;
    }
    const tags = [...comment.matchAll(/^# \[(.*?)\]/gm)].map(([, tag]) => tag).join(' ');
    const named = APPS.filter((app) => new RegExp(String.raw`\b${app}\b`).test(tags));
    yield [name, { apps: [...apps, ...named], secret: /\bA secret\b/.test(comment), value }];
  }
}
