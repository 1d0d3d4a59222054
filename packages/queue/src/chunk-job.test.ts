import { describe, expect, it } from 'vitest';
import { chunkJobId, parseChunkJob } from './chunk-job.ts';
import { checkPrefix, DEFAULT_PREFIX, replyKey } from './names.ts';
import { assertRedisFit, RedisUnfit } from './redis-fit.ts';

describe('a chunk job', () => {
  it('has another id in every generation', () => {
    const job = { batchNo: 12, chunk: 0, generation: 3 };
    expect(chunkJobId(job)).toBe('12_0_3');
    expect(parseChunkJob(JSON.parse(JSON.stringify(job)))).toEqual(job);
  });

  it.each([
    [{ batchNo: 0, chunk: 0, generation: 0 }, 'batchNo'],
    [{ batchNo: 1, chunk: -1, generation: 0 }, 'chunk'],
    [{ batchNo: 1, chunk: 0, generation: '1' }, 'generation'],
    [{ batchNo: 1, chunk: 0, generation: 1, lines: [] }, '(whole)'],
    [undefined, '(whole)'],
  ])('is refused as %j', (data, field) => {
    expect(() => parseChunkJob(data)).toThrow(expect.objectContaining({ field }));
  });
});

describe('names in Redis', () => {
  it('stand under the prefix', () => {
    expect(replyKey(DEFAULT_PREFIX, 'a')).toBe('{salio}:replies:a');
  });

  it.each(['', 'a:b', 'a b', 'x'.repeat(65)])('refuses the prefix %j', (prefix) => {
    expect(() => checkPrefix(prefix)).toThrow(RangeError);
  });
});

describe('a fit Redis', () => {
  const redis = (lines: string[]) => ({ info: () => Promise.resolve(lines.join('\r\n')) });

  it('keeps every key and is new enough', async () => {
    const info = ['# Server', 'redis_version:7.0.15', 'maxmemory_policy:noeviction'];
    await expect(assertRedisFit(redis(info))).resolves.toBeUndefined();
    await expect(assertRedisFit(redis([]))).resolves.toBeUndefined();
  });

  it.each([
    ['redis_evicts', ['redis_version:7.0.15', 'maxmemory_policy:allkeys-lru']],
    ['redis_too_old', ['redis_version:6.0.9', 'maxmemory_policy:noeviction']],
  ])('is none for %s', async (code, info) => {
    const checked = assertRedisFit(redis(info));
    await expect(checked).rejects.toBeInstanceOf(RedisUnfit);
    await expect(checked).rejects.toMatchObject({ code });
  });
});
