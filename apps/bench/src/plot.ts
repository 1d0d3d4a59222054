export interface Plot {
  readonly title: string;
  /** The horizontal axis, logarithmic; ascending. */
  readonly sizes: readonly number[];
  /** A value per size each. */
  readonly curves: readonly { readonly name: string; readonly values: readonly number[] }[];
}

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = { left: 70, right: 130, top: 40, bottom: 45 } as const;
const COLOURS = ['#1b6ca8', '#c44536', '#3a7d44', '#8a5a9e', '#b07d12'];
const GRID_LINES = 5;

/** A line chart as SVG: logarithmic sizes, values from zero. */
export function drawPlot({ title, sizes, curves }: Plot): string {
  const top = niceMaximum(Math.max(1, ...curves.flatMap(({ values }) => values)));
  const x = (size: number) => across(Math.log10(size), sizes);
  const y = (value: number) =>
    HEIGHT - MARGIN.bottom - (value / top) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="22" font-size="15">${title}</text>`,
    ...grid(top, y),
    ...sizes.map(
      (size) =>
        `<text x="${x(size).toFixed(1)}" y="${HEIGHT - MARGIN.bottom + 20}" text-anchor="middle">${short(size)}</text>`,
    ),
    ...curves.flatMap(({ name, values }, index) => {
      const colour = COLOURS[index % COLOURS.length];
      const points = values.map(
        (value, at) => `${x(sizes[at] ?? 1).toFixed(1)},${y(value).toFixed(1)}`,
      );
      const last = y(values.at(-1) ?? 0) + 4;
      return [
        `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        `<text x="${WIDTH - MARGIN.right + 8}" y="${last.toFixed(1)}" fill="${colour}">${name}</text>`,
      ];
    }),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function across(logarithm: number, sizes: readonly number[]): number {
  const first = Math.log10(sizes[0] ?? 1);
  const last = Math.log10(sizes.at(-1) ?? 10);
  const share = last === first ? 0.5 : (logarithm - first) / (last - first);
  return MARGIN.left + share * (WIDTH - MARGIN.left - MARGIN.right);
}

function grid(top: number, y: (value: number) => number): string[] {
  return Array.from({ length: GRID_LINES + 1 }, (_, index) => {
    const value = (top * index) / GRID_LINES;
    const at = y(value).toFixed(1);
    return (
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${at}" y2="${at}" stroke="#ddd"/>` +
      `<text x="${MARGIN.left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${short(value)}</text>`
    );
  });
}

/** 1, 2 or 5 times a power of ten. */
function niceMaximum(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10);
}

function short(value: number): string {
  if (value >= 1_000_000) return `${value / 1_000_000}M`;
  return value >= 1_000 ? `${value / 1_000}k` : String(value);
}
