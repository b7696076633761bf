/** Generates D1's migrations from the schemas in worker/db: `npx drizzle-kit generate`. */
import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  driver: 'd1-http',
  schema: [
    './worker/db/schema.ts',
    './worker/db/schema-deliveries.ts',
    './worker/db/schema-people.ts',
    './worker/db/schema-reconciliations.ts',
  ],
  out: './worker/db/migrations',
})
