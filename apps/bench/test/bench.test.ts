import { fileURLToPath } from 'node:url';
import { runProcess } from '@salio/testkit';
import { describe, expect, it } from 'vitest';
import { drawPlot } from '../src/plot.ts';
import { percentilesOf } from '../src/percentiles.ts';

const BENCH = fileURLToPath(new URL('../src/bench.ts', import.meta.url));
/** On servers of its own, four times over; far more than that takes on a busy machine. */
const TIMEOUT_MS = 280_000;

function bench(...args: string[]) {
  return runProcess({ file: BENCH, name: 'bench', args, timeoutMs: TIMEOUT_MS });
}

describe('the benchmark', () => {
  it(
    'pays 5,000 lines by limit and by Salio, each once by the book, and says what it took',
    { timeout: TIMEOUT_MS + 10_000 },
    async () => {
      const { code, stdout, stderr } = await bench('--lines', '5000', '--json');
      if (code !== 0) throw new Error(stderr);
      const result: unknown = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
      const some = expect.any(Number);
      const kinds = { worker: some, scheduler: some, cli: some, postgres: some, redis: some };
      expect(result).toMatchObject({
        lines: 5000,
        limit: { r1: some, r50: some },
        salio: { r1: some, r50: some, r50Sending: some },
        peers: {},
        ratios: { toLimitR50: some, sendingToLimitR50: some, toBestPeerR1: null },
        peakMemoryMiB: kinds,
        cpuSecondsPerMillion: kinds,
        redisPeakMiB: some,
      });
      expect(stderr).toContain('salio');
    },
  );

  it.each([
    ['--lines', '0', '--lines is a number of 1 to 10000000'],
    ['--recipients-per-request', '501', '--recipients-per-request is a number of 1 to 500'],
    ['--peer-lines', 'many', '--peer-lines is a number of 1 to 10000000'],
  ])('refuses %s %s', async (name, value, text) => {
    const { code, stderr } = await bench(name, value);
    expect(code).toBe(2);
    expect(stderr).toContain(text);
  });

  it('refuses a scene that there is not', async () => {
    const { code, stderr } = await bench('dance');
    expect(code).toBe(2);
    expect(stderr).toContain('the scene is one of race');
  });
});

describe('what it shows', () => {
  it('is drawn with a point for each size', () => {
    const curves = [{ name: 'worker', values: [100, 110, 120] }];
    const svg = drawPlot({ title: 'Memory', sizes: [1_000, 10_000, 100_000], curves });
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(/points="([^"]+)"/.exec(svg)?.[1]?.split(' ')).toHaveLength(3);
    expect(svg).toContain('100k');
  });

  it('are percentiles of what was measured', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentilesOf(values)).toEqual({ p50: 50, p95: 95, p99: 99 });
    expect(percentilesOf([7])).toEqual({ p50: 7, p95: 7, p99: 7 });
  });
});
