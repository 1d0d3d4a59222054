import { readFileSync } from 'node:fs';
import process from 'node:process';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;
export type SettingsOf<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** One or more settings are missing or malformed. Names every one of them; values are not repeated, they may be secret. */
export class SettingsError extends Error {
  readonly code = 'SETTINGS_INVALID';
  override readonly name = 'SettingsError';
}

/**
 * Reads the settings that `shape` names from the environment; this is the only place that looks at it.
 * A setting NAME may also be given as NAME_FILE, the path of a file that holds it (secrets of an orchestrator).
 * An empty value counts as absent. Throws SettingsError.
 */
export function readSettings<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Environment = process.env,
): SettingsOf<Shape> {
  const given: Record<string, string> = {};
  for (const name of Object.keys(shape)) {
    const value = environment[name] || fromFile(name, environment[`${name}_FILE`]);
    if (value) given[name] = value;
  }
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return `${name}: ${name in given ? issue.message : 'is required'}`;
  });
  throw new SettingsError(`Settings are wrong: ${problems.join('; ')}. See .env.example.`);
}

/** The forms that settings take. A duration's unit is its name's last word; in here all are milliseconds. */
export const setting = {
  text: () => z.string().min(1).max(10_000),
  url: (...protocols: string[]) =>
    z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
      message: `must be a URL that starts with ${protocols.join(' or ')}`,
    }),
  integer: (minimum: number, maximum: number) =>
    z
      .string()
      .regex(/^-?\d{1,15}$/, 'must be a whole number')
      .transform(Number)
      .pipe(z.number().min(minimum).max(maximum)),
  /** Seconds with up to three decimals, as milliseconds. */
  seconds: (minimum: number, maximum: number) =>
    z
      .string()
      .regex(/^\d{1,7}(\.\d{1,3})?$/, 'must be a number of seconds')
      .transform((text) => Math.round(Number(text) * 1000))
      .pipe(
        z
          .number()
          .min(minimum * 1000)
          .max(maximum * 1000),
      ),
  flag: () => z.enum(['true', 'false']).transform((text) => text === 'true'),
  port: () => setting.integer(0, 65_535),
};

function fromFile(name: string, path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new SettingsError(`${name}_FILE can't be read`, { cause });
  }
}
