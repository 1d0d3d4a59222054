import process from 'node:process';

/** A bar on standard error, for a person at a terminal. Draws nothing elsewhere. */
export interface Progress {
  update(done: number, total: number | undefined, text: string): void;
  end(): void;
}

const WIDTH = 30;

export function createProgress(wanted: boolean): Progress {
  const shown = wanted && process.stderr.isTTY;
  return {
    update(done, total, text) {
      if (!shown) return;
      const share = total ? Math.min(1, done / total) : 0;
      const filled = Math.round(share * WIDTH);
      const bar = total
        ? `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${Math.floor(share * 100)} % `
        : '';
      process.stderr.write(`\r\u001b[2K${bar}${text}`);
    },
    end() {
      if (shown) process.stderr.write('\n');
    },
  };
}
