/** Three kinds of tests: `node` (pure code, the simulator, commands), `worker` (inside workerd), `system` (processes, a browser). */
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { judge, judgeWebhook } from './test/openapi/judge.ts'

export default defineConfig({
  test: {
    projects: [
      './test/vitest.config.ts',
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './worker/wrangler.jsonc' },
            miniflare: {
              bindings: { TEST_MIGRATIONS: await readD1Migrations('./worker/db/migrations') },
              // workerd makes no code of a schema, so answers are judged outside of it.
              serviceBindings: {
                JUDGE: async (request) => {
                  const { webhook, ...answered } = JSON.parse(await request.text())
                  return Response.json(
                    webhook === undefined ? judge(answered) : judgeWebhook(webhook, answered.body),
                  )
                },
              },
            },
          })),
        ],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          testTimeout: 60_000,
          // A workerd a file costs a CPU second each: files share one, and each finds it emptied.
          isolate: false,
          setupFiles: ['test/worker/fresh.ts'],
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/system/**/*.test.ts', 'test/browser/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They wait more than they compute.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
