/** One report of usage after its form was checked, and the answers to it. Types only; money §1. */

/** A well-formed event. Amounts are millionths; `time` is epoch ms. */
export type UsageEvent = {
  /** Who reports: default the API key's id. */
  readonly source: string
  readonly id: string
  readonly meter: string
  readonly time: number
} & (
  | { readonly kind: 'quantity'; readonly quantity: bigint }
  | { readonly kind: 'value'; readonly value: bigint; readonly series: string }
  | { readonly kind: 'key'; readonly key: string }
)

/** The answer to one event (money §1). `code` is stable; `message` says what happened, whose move it is, what to do. */
export type EventAnswer =
  | { readonly result: 'counted' }
  | { readonly result: 'duplicate' }
  | { readonly result: 'refused'; readonly code: string; readonly message: string }
  | { readonly result: 'again'; readonly message: string }
