import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../src/sql.ts';
import { openWorld } from './support/world.ts';

const world = await openWorld();
afterAll(() => world[Symbol.asyncDispose]());

/** Postgres can't hold NUL, and lone surrogates are no text. */
const texts = fc
  .string({ unit: 'binary' })
  .filter((text) => !text.includes('\0') && text.isWellFormed());

describe('a list as a parameter', () => {
  it('comes back as it was given: texts of every kind, and nothing', async () => {
    const awkward = [
      '',
      'null',
      'NULL',
      '"',
      '\\',
      '{}',
      'a,b',
      ' a ',
      "it's",
      'É',
      '\n\t',
      '+254',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.oneof(texts, fc.constantFrom(...awkward)))),
        async (list) => {
          const [row] = await run<{ list: unknown }>(world.ledger.pool, ECHO_TEXTS, [list]);
          expect(row?.list).toEqual(list);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('comes back as it was given: bytes, numbers, truth, moments', async () => {
    const given = [
      [Buffer.from([0, 92, 34, 255]), Buffer.alloc(0), null],
      [1n, -(2n ** 63n), null],
      [1.5, -0.25, null],
      [true, false, null],
      [new Date(0), null],
    ];
    const [row] = await run<Record<string, unknown>>(world.ledger.pool, ECHO_OTHERS, given);
    expect(row).toEqual({
      bytes: given[0],
      numbers: ['1', String(-(2n ** 63n)), null],
      floats: given[2],
      truths: given[3],
      moments: given[4],
    });
  });

  it('of something else is refused', async () => {
    await expect(run(world.ledger.pool, ECHO_TEXTS, [[{ a: 1 }]])).rejects.toThrow(TypeError);
  });
});

const ECHO_TEXTS = { name: 'echo-texts', text: 'SELECT $1::text[] AS list' };
const ECHO_OTHERS = {
  name: 'echo-others',
  text: `SELECT $1::bytea[] AS bytes, $2::bigint[] AS numbers, $3::float8[] AS floats, $4::boolean[] AS truths,
    $5::timestamptz[] AS moments`,
};
