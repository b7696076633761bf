/** What the parts of `seller.config.ts` demand of each other. Pure; looks only at parts whose form is right. */
import type { Plan, Product, SellerConfig } from '../seller.ts'
import { checkProduct, fits } from './product-rules.ts'
import type { Report } from './shape.ts'

/** Reports every broken rule. `sound` says whether the form of a part is right, by its path. */
export function checkRules(config: SellerConfig, sound: (path: string) => boolean, report: Report): void {
  if (sound('branding')) checkAccent(config.branding.accent, report)
  if (sound('registration')) checkRegistration(config, report)
  if (sound('plans')) {
    checkOnce(
      config.plans.map((plan, i) => [`plans[${i}].key`, plan.key]),
      report,
    )
    config.plans.forEach((plan, i) => checkPlan(config, plan, `plans[${i}]`, sound, report))
  }
  if (!sound('products')) {
    checkSoundProducts(config, sound, report)
    return
  }
  checkOnce(
    config.products.map((product, i) => [`products[${i}].key`, product.key]),
    report,
  )
  checkOnce(
    config.products.map((product, i) => [`products[${i}].id`, product.id]),
    report,
  )
  checkOnce(
    config.products.map((product, i) => [`products[${i}].code`, product.code]),
    report,
  )
  checkSoundProducts(config, sound, report)
}

function checkSoundProducts(config: SellerConfig, sound: (path: string) => boolean, report: Report): void {
  if (!sound('plans') || !sound('meters')) return
  // A list whose items are broken is still a list; anything else has been reported.
  const products: readonly Product[] = Array.isArray(config.products) ? config.products : []
  products.forEach((product, i) => {
    const path = `products[${i}]`
    if (!sound(path)) return
    checkOnce(
      product.dimensions.map((dimension, n) => [`${path}.dimensions[${n}].key`, dimension.key]),
      report,
    )
    checkProduct(config, product, path, report)
  })
}

function checkOnce(keys: readonly (readonly [path: string, key: string])[], report: Report): void {
  keys.forEach(([path, key], i) => {
    const first = keys.findIndex(([, other]) => other === key)
    if (first < i)
      report(path, key, `${keys[first]?.[0]} is the same: each must be its own. Change one of the two.`)
  })
}

function checkPlan(
  config: SellerConfig,
  plan: Plan,
  path: string,
  sound: (path: string) => boolean,
  report: Report,
): void {
  if (sound('features')) {
    plan.features.forEach((feature, i) => {
      if (Object.hasOwn(config.features, feature)) return
      report(
        `${path}.features[${i}]`,
        feature,
        `Describe it: features: { ${feature}: '…' }, or remove it here.`,
      )
    })
  }
  if (sound('meters')) {
    for (const meter of Object.keys(plan.limits)) {
      if (Object.hasOwn(config.meters, meter)) continue
      report(
        `${path}.limits.${meter}`,
        meter,
        `There is no such meter. Use one of: ${Object.keys(config.meters).join(', ')}.`,
      )
    }
  }
  if (!sound('products')) return
  for (const [key, allowance] of Object.entries(plan.allowances)) {
    const uses = config.products.flatMap((product) => product.dimensions.filter((one) => one.key === key))
    if (uses.every((one) => one.charge?.included !== 'plan')) {
      report(
        `${path}.allowances.${key}`,
        key,
        "No charge uses it. Say included: 'plan' in the dimension's charge, or remove it.",
      )
    }
    const misfit = uses.find((one) => one.charge?.included === 'plan' && !fits(allowance, one.charge.kind))
    if (misfit?.charge) report(`${path}.allowances.${key}`, allowance, remedyOf(misfit.charge.kind))
  }
}

const remedyOf = (kind: string): string =>
  kind === 'sum' || kind === 'unique'
    ? `A ${kind} charge counts: give an amount. Example: { amount: '10000', per: 'month' }, or 'unlimited'.`
    : `A ${kind} charge measures: give a level. Example: { level: '10' }, or 'unlimited'.`

/** White text on the accent must be readable: 4.5 to 1 (WCAG 2.2, 1.4.3). */
function checkAccent(accent: string, report: Report): void {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((i) => {
    const part = Number.parseInt(accent.slice(i, i + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  const contrast = 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
  if (contrast >= 4.5) return
  report(
    'branding.accent',
    accent,
    `White on it has a contrast of ${contrast.toFixed(1)}; people need 4.5. Take a darker colour. Example: '#1d4ed8'.`,
  )
}

/** Source: facts, aws-seller §3.4: an e-mail field, and no payment data (2026-11-21). */
function checkRegistration(config: SellerConfig, report: Report): void {
  const { fields } = config.registration
  checkOnce(
    fields.map((field, i) => [`registration.fields[${i}].key`, field.key]),
    report,
  )
  if (!fields.some((field) => field.key === 'email' && field.type === 'email' && field.required)) {
    report(
      'registration.fields',
      fields.map((field) => field.key).join(', '),
      "AWS demands an e-mail field. Add { key: 'email', label: 'E-mail', type: 'email', required: true }.",
    )
  }
  fields.forEach((field, i) => {
    const asked = `${field.key} ${field.label} ${field.autocomplete ?? ''}`
    if (
      !/\b(cc-[a-z]+|iban|cvc|cvv|bic|swift|bank|card|credit|payment|routing)\b/i.test(
        asked.replaceAll('_', ' '),
      )
    )
      return
    report(
      `registration.fields[${i}]`,
      field.label,
      'AWS forbids asking for payment data: AWS bills the buyer. Remove the field.',
    )
  })
}
