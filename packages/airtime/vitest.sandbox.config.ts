import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/contract.sandbox.ts'], testTimeout: 60_000 },
});
