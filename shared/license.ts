/** License ARNs. AWS prints three formats of the same license; only the tail identifies it. */

/**
 * The `l-<32 hex>` tail of a license ARN in lower case, or undefined when there is none. Store the ARN as
 * received, compare tails only.
 * Source: facts, EventBridge captures: `arn:aws:license-manager::294406891311:license:l-…` (2026-11-21).
 */
export function licenseTail(arn: string): string | undefined {
  return /(?:^|[:/])(l-[0-9a-f]{32})$/i.exec(arn.trim())?.[1]?.toLowerCase()
}
