/** The `node` tests of ../vitest.config.ts, also by themselves: without the Worker's tools a run begins in half the time. */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: import.meta.dirname,
  test: {
    name: 'node',
    include: ['**/*.test.ts'],
    exclude: ['worker/**', 'system/**', 'browser/**'],
    testTimeout: 60_000,
    // Files share a process, one after the other: none may leave something behind for the next.
    isolate: false,
  },
})
