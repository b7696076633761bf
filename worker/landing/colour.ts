/** The seller's accent colour where the page is dark. Pure. */

/** Mixes `#rrggbb` with white until it can be read on a dark ground: `share` of white, 0 to 1. */
export function lighten(colour: string, share: number): string {
  const parts = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
  const mixed = parts.map((part) => Math.round(part + (255 - part) * share))
  return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}
