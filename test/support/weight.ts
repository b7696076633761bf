/** What the Worker may weigh as it is deployed. Nothing else. */

/**
 * Bytes of the minified bundle, gzipped. Of 192 kB the engine of the money path is 67, what a purchase lives through,
 * deliveries, mail and the buyer's pages 60, operators' tools and the usage API 30, the API's description 10; libraries are
 * 14 (hono, standardwebhooks and its hash, aws4fetch), drizzle is not among them; what a deployment in production is watched
 * and checked by (metrics, the check of a deploy, the dry mode and its words) 4. Half of the bytes are texts: SQL and
 * sentences. The aim was 60 kB. As much again of text that does not run costs a first request a millisecond at most, and
 * one router in place of two gained four (test/bench/first-request.ts). What is added from here has to earn its bytes.
 */
export const WORKER_GZIP_MAX = 194_000
