/** What the buyer's plan lets this service do: its features, asked for at each request, so that an upgrade needs no restart. Pure. */
import type { Entitlements } from '../in-process/api.ts'

/** The features that plans differ in, by their key in `seller.config.ts`. */
export const FEATURES = {
  ai_skill_discovery: { title: 'Skill discovery', gives: 'Search by words, with the best skill first.' },
  basic_analytics: { title: 'Basic analytics', gives: 'Which skills were opened most.' },
  team_collaboration: { title: 'Team collaboration', gives: 'One catalogue for everybody you invite.' },
  email_support: { title: 'Support by e-mail', gives: 'A person answers.' },
  advanced_analytics: {
    title: 'Advanced analytics',
    gives: 'Opened skills by category, searches that found nothing, and all of it as JSON.',
  },
  custom_integrations: { title: 'Custom integrations', gives: 'Connections to your own tools.' },
  sso_saml: { title: 'Single sign-on', gives: 'Sign in with your own identity provider, by SAML.' },
  dedicated_support: { title: 'Dedicated support', gives: 'A named person who knows your set-up.' },
  sla_guarantee: { title: 'Service level agreement', gives: 'Times to answer, in writing.' },
} as const

export type Feature = keyof typeof FEATURES

const ALL = Object.keys(FEATURES) as Feature[]

/** What a page says of the plan. */
export interface Plan {
  /** As a person calls it: `Enterprise`; what is paid for where there are no plans. */
  readonly name: string
  readonly sentence: string
  readonly included: readonly Feature[]
  readonly missing: readonly Feature[]
  /** False: the entitlement ended while the service ran. */
  readonly entitled: boolean
}

/** What of the buyer's entitlements this service looks at. */
export type Known = Pick<Entitlements, 'pricing' | 'access' | 'plan' | 'features'>

/** Under a contract features follow the tier that was bought; every other pricing gives all of them. */
export function planOf(known: Known): Plan {
  const given = known.pricing === 'contract' ? ALL.filter((one) => known.features.includes(one)) : ALL
  return {
    ...wordsOf(known),
    included: given,
    missing: ALL.filter((one) => !given.includes(one)),
    entitled: known.access,
  }
}

export const allows = (plan: Plan, feature: Feature): boolean => plan.included.includes(feature)

function wordsOf({ pricing, plan }: Known): Pick<Plan, 'name' | 'sentence'> {
  switch (pricing) {
    case 'contract':
      return {
        name: plan === null ? 'No plan' : plan.charAt(0).toUpperCase() + plan.slice(1),
        sentence:
          'Bought ahead on AWS Marketplace. A change of plan shows here within 15 minutes, without a restart.',
      }
    case 'custom-metering':
      return {
        name: 'Pay as you go',
        sentence: 'Every feature is included. AWS Marketplace bills what is used, hour by hour.',
      }
    case 'hourly':
      return {
        name: 'By the hour',
        sentence: 'Every feature is included. AWS Marketplace bills the hours this service runs.',
      }
    case 'edge':
      return { name: 'Hosted', sentence: 'Skillsmith runs this service for you, every feature included.' }
    case 'byol':
      return {
        name: 'Your own license',
        sentence: 'Every feature is included, under the license you brought.',
      }
    case 'free':
      return { name: 'Free', sentence: 'Every feature is included, and nothing is billed.' }
  }
}
