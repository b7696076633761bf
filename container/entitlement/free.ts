/** Free, BYOL, and the seller's own service: nothing is asked of AWS, and the container may run anywhere. */
import type { EntitlementMode } from './mode.ts'
import { granted, settled } from './once.ts'

export const freeMode = (pricing: 'free' | 'byol' | 'edge'): EntitlementMode =>
  settled(pricing, async (now) => granted(pricing, now))
