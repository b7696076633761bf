/** Pricings whose entitlement AWS tells at the start only: nothing is asked later, and nothing changes. Pure but for what it is handed. */
import type { Entitlements, EntitlementMode, Verdict } from './mode.ts'

type Pricing = Entitlements['pricing']

/** Entitled, without dimensions: what was bought is the container itself. */
export const granted = (
  pricing: Pricing,
  now: number,
  warnings: readonly string[] = [],
): Extract<Verdict, { kind: 'entitled' }> => ({
  kind: 'entitled',
  entitlements: { ...nothing(pricing), entitled: true, checkedAt: now },
  warnings,
})

/** Before AWS said anything. */
export const nothing = (pricing: Pricing): Entitlements => ({
  pricing,
  entitled: false,
  dimensions: [],
  plan: null,
  features: [],
  until: null,
  checkedAt: 0,
})

/** A mode that keeps the one answer. */
export function settled(pricing: Pricing, ask: (now: number) => Promise<Verdict>): EntitlementMode {
  let entitlements = nothing(pricing)
  return {
    name: 'license',
    nextWake: () => null,
    runDue: async () => [],
    async ask(now) {
      const verdict = await ask(now)
      if (verdict.kind === 'entitled') entitlements = verdict.entitlements
      return verdict
    },
    entitlements: () => entitlements,
    warnings: () => [],
    onChange: () => undefined,
    release: async () => undefined,
  }
}
