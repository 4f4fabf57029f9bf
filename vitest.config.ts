import { defineConfig } from 'vitest/config';

// Tests import `../../src/x.js` and get the compiled `dist/x.js`: what is tested is what ships, and
// worker threads, which need real JavaScript files, load the same modules as the tests do.
export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^(?:\.\.\/)+src\/(.*)$/,
        replacement: `${new URL('./dist/', import.meta.url).pathname}$1`,
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
