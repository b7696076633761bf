/** What the Worker may weigh as it is deployed. Nothing else. */

/**
 * Bytes of the minified bundle, gzipped: the money core, the pages and hono together. The aim is 60 kB; drizzle's query
 * builder alone would add 20 more (test/bench/first-request.ts). What is added from here has to earn its bytes.
 */
export const WORKER_GZIP_MAX = 125_000
