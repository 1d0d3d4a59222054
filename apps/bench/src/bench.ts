import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from './contest.ts';
import { writeRows } from './rows.ts';
import { salio } from './salio.ts';

const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '100000' },
    'recipients-per-request': { type: 'string', default: '50' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
if (values.profile !== undefined) await mkdir(values.profile, { recursive: true });
const folder = await mkdtemp(join(tmpdir(), 'salio-bench-'));
try {
  const lines = Number(values.lines);
  const file = join(folder, 'rows.csv');
  await writeRows(file, lines);
  for (const recipientsPerRequest of values['recipients-per-request'].split(',').map(Number)) {
    const result = await measure(salio, {
      file,
      lines,
      recipientsPerRequest,
      callsInFlight: 64,
      ...(values.profile === undefined ? {} : { profileFolder: values.profile }),
    });
    console.log(recipientsPerRequest, result);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
