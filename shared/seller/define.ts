/** `defineSeller`: takes `seller.config.ts` as it is written, or says all that is wrong with it at once. Pure. */
import { err, ok, type Result } from '../result.ts'
import type { SellerConfig } from '../seller.ts'
import { sellerConfig } from './fields.ts'
import { checkRules } from './rules.ts'
import { show, type Finding, type Report } from './shape.ts'

/** The configuration, checked; throws one Error with every mistake when it cannot be used. */
export function defineSeller(config: SellerConfig): SellerConfig {
  const checked = checkSeller(config)
  if (!checked.ok) throw new Error(describeFindings(checked.error))
  return checked.value
}

/** Checks a value nobody has looked at yet: first its form, then, for the parts whose form is right, the rules. */
export function checkSeller(config: unknown): Result<SellerConfig, readonly Finding[]> {
  const findings: Finding[] = []
  const report: Report = (path, got, remedy) => findings.push({ path, got: show(got), remedy })
  sellerConfig(config, '', report)

  const broken = findings.map((finding) => finding.path)
  const sound = (path: string): boolean =>
    !broken.some((at) => at === '' || isWithin(at, path) || isWithin(path, at))
  checkRules(config as SellerConfig, sound, report)

  return findings.length === 0 ? ok(config as SellerConfig) : err(findings)
}

/** One line a mistake. */
function describeFindings(findings: readonly Finding[]): string {
  const count = findings.length === 1 ? 'one mistake' : `${findings.length} mistakes`
  const lines = findings.map(
    ({ path, got, remedy }) => `  ${path || 'the whole file'}: got ${got}. ${remedy}`,
  )
  return `seller.config.ts has ${count}:\n${lines.join('\n')}`
}

const isWithin = (path: string, outer: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)
