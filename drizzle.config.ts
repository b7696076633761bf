/** Generates D1's migrations from worker/db/schema.ts: `npx drizzle-kit generate`. */
import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  driver: 'd1-http',
  schema: './worker/db/schema.ts',
  out: './worker/db/migrations',
})
