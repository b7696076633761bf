/** What a product's pricing allows in its dimensions, charges and trial (money §3, §4, §11). Pure. */
import type { Allowance, Charge, Dimension, Product, SellerConfig } from '../seller.ts'
import { checkEntitlement } from './container-rules.ts'
import type { Report } from './shape.ts'

/** True when an allowance says what a charge of this kind needs: counting kinds an amount, measuring kinds a level. */
export const fits = (allowance: Allowance, kind: Charge['kind']): boolean =>
  allowance === 'unlimited' || 'amount' in allowance === (kind === 'sum' || kind === 'unique')

/** Reports every rule that one product breaks. */
export function checkProduct(config: SellerConfig, product: Product, path: string, report: Report): void {
  checkPricing(product, path, report)
  checkEntitlement(product, path, report)
  product.dimensions.forEach((dimension, i) => {
    const at = `${path}.dimensions[${i}]`
    checkDimension(product, dimension, at, report)
    if (dimension.plan !== undefined) checkPlanKey(config, dimension.plan, `${at}.plan`, report)
    checkIncludedFrom(product, dimension, at, report)
    if (dimension.charge) checkCharge(config, product, dimension, dimension.charge, at, report)
  })
  checkDefaultPlan(config, product, path, report)
  checkTrial(config, product, path, report)
  checkHeartbeat(product, path, report)
  checkKeywords(product, path, report)
}

function checkPricing(product: Product, path: string, report: Report): void {
  const { pricing, dimensions } = product
  if (pricing === 'free' || pricing === 'byol') {
    if (dimensions.length > 0)
      report(`${path}.dimensions`, dimensions, `A product with pricing '${pricing}' has none. Use [].`)
  } else if (!dimensions.some((dimension) => /[1-9]/.test(dimension.price))) {
    report(
      `${path}.dimensions`,
      dimensions,
      "AWS demands one dimension above 0 dollars. Add one, or use pricing: 'free'.",
    )
  }
  const ahead = dimensions.filter((dimension) => dimension.contract)
  const other = ahead.find((dimension) => dimension.unit !== ahead[0]?.unit)
  if (other) {
    report(
      `${path}.dimensions`,
      `${ahead[0]?.key} in ${ahead[0]?.unit}, ${other.key} in ${other.unit}`,
      'What is bought ahead must be in one unit. Give all of them the same unit.',
    )
  }
  if (product.kind === 'container' && product.metering && pricing !== 'custom-metering') {
    report(`${path}.metering`, product.metering, "Only pricing: 'custom-metering' has it. Remove it.")
  }
}

function checkDimension(product: Product, dimension: Dimension, at: string, report: Report): void {
  const { pricing } = product
  const meters =
    pricing === 'subscription' || pricing === 'contract-with-consumption' || pricing === 'custom-metering'
  if (dimension.metered && !meters) {
    report(`${at}.metered`, true, `With pricing '${pricing}' no usage is sent to AWS. Use metered: false.`)
  }
  if (!dimension.metered && (pricing === 'subscription' || pricing === 'custom-metering')) {
    report(`${at}.metered`, false, `With pricing '${pricing}' nothing but usage is sold. Use metered: true.`)
  }
  if (dimension.metered && !dimension.charge) {
    report(
      `${at}.charge`,
      undefined,
      "Say which meter it charges. Example: charge: { kind: 'sum', meter: 'api_calls' }.",
    )
  }
  if (dimension.contract && pricing === 'subscription') {
    report(
      `${at}.contract`,
      dimension.contract,
      "A product with pricing 'subscription' cannot be bought ahead. Remove it.",
    )
  }
  if (
    !dimension.contract &&
    (pricing === 'contract' || (pricing === 'contract-with-consumption' && !dimension.metered))
  ) {
    report(
      `${at}.contract`,
      undefined,
      "Say what it costs bought ahead. Example: contract: { monthly: '25.00', annual: '270.00', quantities: [1, 10] }.",
    )
  }
  const quantities = dimension.contract?.quantities ?? []
  if (quantities.some((quantity, i) => i > 0 && quantity <= (quantities[i - 1] ?? 0))) {
    report(
      `${at}.contract.quantities`,
      quantities.join(', '),
      'Give them in rising order, each once. Example: [1, 10, 25, 50].',
    )
  }
}

function checkCharge(
  config: SellerConfig,
  product: Product,
  dimension: Dimension,
  charge: Charge,
  at: string,
  report: Report,
): void {
  if (!Object.hasOwn(config.meters, charge.meter)) {
    const known = Object.keys(config.meters).join(', ')
    report(
      `${at}.charge.meter`,
      charge.meter,
      `There is no such meter. Use one of: ${known}; or describe it under meters.`,
    )
  }
  if (charge.kind === 'sum' && charge.block !== undefined && !/[1-9]/.test(charge.block)) {
    report(`${at}.charge.block`, charge.block, "A block must be more than 0. Example: block: '1000'.")
  }
  checkReports(product, dimension, charge, at, report)
  if (product.kind === 'container' && product.pricing === 'custom-metering' && product.metering !== 'agent') {
    checkTaskCharge(product, dimension, charge, at, report)
  }
  if (charge.included !== 'plan') return
  for (const [i, plan] of config.plans.entries()) {
    if (Object.hasOwn(plan.allowances, dimension.key)) continue
    const example = fits({ level: '1' }, charge.kind)
      ? "{ level: '10' }"
      : "{ amount: '10000', per: 'month' }"
    report(
      `plans[${i}].allowances.${dimension.key}`,
      undefined,
      `${at} includes what the plan says. Say it: ${example} or 'unlimited'; for nothing, an amount or level of '0'.`,
    )
  }
}

function checkIncludedFrom(product: Product, dimension: Dimension, at: string, report: Report): void {
  const { includedFrom } = dimension
  if (includedFrom === undefined) return
  if (product.kind === 'container') {
    const remedy = 'AWS applies what was bought ahead for a container itself. Remove it.'
    return report(`${at}.includedFrom`, includedFrom, remedy)
  }
  const ahead = product.dimensions.filter((one) => one.contract && !one.metered).map((one) => one.key)
  if (!ahead.includes(includedFrom)) {
    const remedy =
      ahead.length === 0 ? 'This product has none: remove it.' : `Use one of: ${ahead.join(', ')}.`
    report(`${at}.includedFrom`, includedFrom, `It must be a dimension that is only bought ahead. ${remedy}`)
  }
  if (dimension.charge === undefined || dimension.charge.included !== undefined) {
    report(`${at}.includedFrom`, includedFrom, 'It needs a charge without included. Say one or the other.')
  }
}

/** What an application reports for a charge (money §1 *Event shapes*). */
const REPORTS = { sum: 'a quantity', unique: 'a key', max: 'a value', 'time-weighted': 'a value' } as const

/** One report feeds every charge of its meter, so all of them must read the same of it. */
function checkReports(
  product: Product,
  dimension: Dimension,
  charge: Charge,
  at: string,
  report: Report,
): void {
  const first = product.dimensions.find((one) => one.charge?.meter === charge.meter)
  if (first?.charge === undefined || first === dimension) return
  if (REPORTS[first.charge.kind] === REPORTS[charge.kind]) return
  report(
    `${at}.charge.kind`,
    charge.kind,
    `It needs ${REPORTS[charge.kind]} of meter '${charge.meter}', and ${first.key} needs ${REPORTS[first.charge.kind]} of it. Give one of them a meter of its own.`,
  )
}

/** Tasks do not know each other, so each may only add up (money §11). */
function checkTaskCharge(
  product: Product,
  dimension: Dimension,
  charge: Charge,
  at: string,
  report: Report,
): void {
  const other = product.dimensions.find((one) => one.charge?.meter === charge.meter)
  if (other !== undefined && other !== dimension) {
    report(
      `${at}.charge.meter`,
      charge.meter,
      `${other.key} is charged by it too, and a task that takes over a dead one's usage has to know which of the two was not sent. Give one of them a meter of its own.`,
    )
  }
  const remedy =
    "Tasks do not know each other, so a container charges by kind 'sum' with block 1 and nothing included. Choose a smaller unit, or metering: 'agent'."
  if (charge.kind !== 'sum') return report(`${at}.charge.kind`, charge.kind, remedy)
  if (charge.block !== undefined && !/^0*1(\.0+)?$/.test(charge.block))
    report(`${at}.charge.block`, charge.block, remedy)
  if (charge.included !== undefined) report(`${at}.charge.included`, charge.included, remedy)
}

function checkPlanKey(config: SellerConfig, key: string, at: string, report: Report): void {
  if (config.plans.some((plan) => plan.key === key)) return
  const known = config.plans.map((plan) => plan.key).join(', ')
  report(at, key, `There is no such plan. Use one of: ${known}; or add it under plans.`)
}

function checkDefaultPlan(config: SellerConfig, product: Product, path: string, report: Report): void {
  if (product.defaultPlan !== undefined)
    return checkPlanKey(config, product.defaultPlan, `${path}.defaultPlan`, report)
  const needs = product.dimensions.some(
    (one) => one.charge?.included === 'plan' || (one.metered && one.plan !== undefined),
  )
  if (!needs) return
  const example = config.plans[0]?.key ?? 'team'
  report(
    `${path}.defaultPlan`,
    undefined,
    `Its charges depend on a plan. Say which one a new subscription has. Example: defaultPlan: '${example}'.`,
  )
}

function checkTrial(config: SellerConfig, product: Product, path: string, report: Report): void {
  const { trial } = product
  if (!trial) return
  const at = `${path}.trial`
  checkPlanKey(config, trial.plan, `${at}.plan`, report)
  checkPlanKey(config, trial.thenPlan, `${at}.thenPlan`, report)
  const reminders = trial.remindDaysBefore
  if (reminders.some((days, i) => days >= (reminders[i - 1] ?? trial.days))) {
    report(
      `${at}.remindDaysBefore`,
      reminders.join(', '),
      `Give falling numbers below ${trial.days}, its days. Example: [7, 3, 1].`,
    )
  }
  for (const meter of Object.keys(trial.limits)) {
    if (Object.hasOwn(config.meters, meter)) continue
    report(
      `${at}.limits.${meter}`,
      meter,
      `There is no such meter. Use one of: ${Object.keys(config.meters).join(', ')}.`,
    )
  }
  for (const [key, allowance] of Object.entries(trial.allowances)) {
    const charge = product.dimensions.find((dimension) => dimension.key === key)?.charge
    if (charge?.included === 'plan' && fits(allowance, charge.kind)) continue
    report(
      `${at}.allowances.${key}`,
      charge ? allowance : key,
      "Give it for a dimension of this product whose charge says included: 'plan', in the same form as in the plans.",
    )
  }
}

function checkHeartbeat(product: Product, path: string, report: Report): void {
  if (product.heartbeat === undefined) return
  if (product.dimensions.some((one) => one.key === product.heartbeat && one.metered && one.offered)) return
  const known = product.dimensions.filter((one) => one.metered && one.offered).map((one) => one.key)
  const remedy = known.length === 0 ? 'This product has none: remove it.' : `Use one of: ${known.join(', ')}.`
  report(
    `${path}.heartbeat`,
    product.heartbeat,
    `It must be a dimension that is metered and offered. ${remedy}`,
  )
}

/** Source: facts, aws-seller §1.3: keywords have at most 250 characters together (2026-11-21). */
function checkKeywords(product: Product, path: string, report: Report): void {
  const together = product.listing.keywords.join('').length
  if (together <= 250) return
  report(
    `${path}.listing.keywords`,
    `${together} characters`,
    'AWS takes at most 250 characters together. Remove some.',
  )
}
