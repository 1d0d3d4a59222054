import { randomBytes } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { createTestDatabase } from '../src/index.ts';
import { query } from './query.ts';
import { smallTemplate } from './template.ts';

const services = inject('services');
const template = smallTemplate;

describe('createTestDatabase', () => {
  it('clones the template, so that what one test writes no other one sees', async () => {
    const [first, second] = await Promise.all([
      createTestDatabase(services, { template }),
      createTestDatabase(services, { template }),
    ]);
    await query(first.ownerUrl, `INSERT INTO note VALUES ('mine')`);
    expect(await query(first.ownerUrl, 'SELECT text FROM note ORDER BY 1')).toEqual([
      { text: 'from the template' },
      { text: 'mine' },
    ]);
    expect(await query(second.ownerUrl, 'SELECT text FROM note')).toEqual([
      { text: 'from the template' },
    ]);
  });

  it('migrates a template once, however many ask at the same time', async () => {
    let migrations = 0;
    const counted = {
      name: fresh('counted'),
      migrate: async (ownerUrl: string) => {
        migrations += 1;
        await template.migrate(ownerUrl);
      },
    };
    await Promise.all([1, 2, 3].map(() => createTestDatabase(services, { template: counted })));
    expect(migrations).toBe(1);
  });

  it('migrates a template again where the first migration failed half-way', async () => {
    const name = fresh('failing');
    const failing = { name, migrate: () => Promise.reject(new Error('half-way')) };
    await expect(createTestDatabase(services, { template: failing })).rejects.toThrow('half-way');
    const database = await createTestDatabase(services, {
      template: { name, migrate: template.migrate },
    });
    expect(await query(database.ownerUrl, 'SELECT text FROM note')).toHaveLength(1);
  });

  it('gives the app a login that may do what salio_app may, and owns nothing', async () => {
    const { appUrl } = await createTestDatabase(services, { template });
    await query(appUrl, `INSERT INTO note VALUES ('by the app')`);
    await expect(query(appUrl, 'DELETE FROM note')).rejects.toThrow('permission denied');
    await expect(query(appUrl, 'TRUNCATE note')).rejects.toThrow('permission denied');
    await expect(query(appUrl, 'DROP TABLE note')).rejects.toThrow('must be owner');
  });

  it('gives the reader a login that may only read', async () => {
    const { readerUrl, retentionUrl } = await createTestDatabase(services, { template });
    expect(await query(readerUrl, 'SELECT text FROM note')).toHaveLength(1);
    await expect(query(readerUrl, `INSERT INTO note VALUES ('x')`)).rejects.toThrow(
      'permission denied',
    );
    await expect(query(retentionUrl, 'SELECT text FROM note')).rejects.toThrow('permission denied');
  });

  it('drops a database that is no longer wanted', async () => {
    const { ownerUrl, drop } = await createTestDatabase(services, { template });
    await drop();
    await expect(query(ownerUrl, 'SELECT 1')).rejects.toThrow('does not exist');
  });
});

/** Templates live as long as the run, and a test may run twice in it. */
function fresh(name: string): string {
  return `${name}_${randomBytes(4).toString('hex')}`;
}
