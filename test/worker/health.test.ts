/** The Worker's entry: what it answers before and after it is configured. */
import { env, exports } from 'cloudflare:workers'
import { expect, test } from 'vitest'

test('without its settings the Worker answers 503 and names none of them outside', async () => {
  const response = await exports.default.fetch('https://tollgate.example/health')
  expect(response.status).toBe(503)
  expect(await response.text()).not.toMatch(/SESSION_SECRET|AWS_/)
  expect(env.DB).toBeDefined()
})
