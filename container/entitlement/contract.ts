/** Pricing by contract: what was bought is taken from License Manager, looked at again every 15 minutes, and given back. */
import type { ContainerProductView, ContainerView } from '../../shared/seller/views.ts'
import type { CallFailure } from '../../shared/aws/failure.ts'
import { openContract, type Answered, type CheckoutPorts } from './checkouts.ts'
import type { Entitlements, EntitlementMode, Verdict } from './mode.ts'
import { nothing } from './once.ts'
import { verdictOf, type Asked } from './refusals.ts'
import { hear, isCalm, NEVER, nextLook, type Standing } from './standing.ts'

export interface ContractPorts extends CheckoutPorts {
  readonly random: () => number
}

/** `plans`: in the config's order, the last is the highest. */
export function contractMode(
  product: ContainerProductView,
  plans: ContainerView['plans'],
  ports: ContractPorts,
): EntitlementMode {
  const checkouts = openContract(product, ports)
  const asked: Asked = {
    operation: 'CheckoutLicense',
    action: 'license-manager:CheckoutLicense, ExtendLicenseConsumption and CheckInLicense',
    title: product.title,
    productCode: product.code,
  }
  const standing = new Map<
    string,
    Standing & { readonly value: string | null; readonly expires: number | null }
  >()
  const listeners: ((now: Entitlements) => void)[] = []
  let entitlements = nothing('contract')
  let wake: number | null = null
  let warnings: readonly string[] = []
  let released = false

  /** Asks for everything, and puts down what was heard. */
  async function look(now: number): Promise<readonly Answered[]> {
    const answered = await checkouts.look(now)
    for (const one of answered) {
      const before = standing.get(one.key)
      // What goes on without a yes goes on as it was.
      const { value, expires } = one.heard === 'yes' || before === undefined ? one : before
      standing.set(one.key, { ...hear(before ?? NEVER, one.heard, now), value, expires })
    }
    const open = answered.filter(({ key, heard }) => !isCalm(heard, standing.get(key) ?? NEVER))
    const heardNow = answered.some(({ heard }) => heard !== 'silence')
    entitlements = view(heardNow ? now : entitlements.checkedAt)
    warnings = warningsOf(entitlements.entitled ? open : answered)
    const calm = open.length === 0 && entitlements.entitled
    wake = isDrawn() ? null : nextLook(now, calm, entitlements.until, ports.random())
    return answered
  }

  function view(checkedAt: number): Entitlements {
    const owned = product.checkouts.filter(({ key }) => standing.get(key)?.granted === true)
    const plan = plans.findLast((one) => owned.some((own) => own.plan === one.key))
    const ends = owned.flatMap(({ key }) => standing.get(key)?.expires ?? [])
    return {
      pricing: 'contract',
      entitled: owned.length > 0,
      dimensions: owned.map(({ key }) => ({ key, value: standing.get(key)?.value ?? null })),
      plan: plan?.key ?? null,
      features: plan?.features ?? [],
      until: ends.length === 0 ? null : Math.min(...ends),
      checkedAt,
    }
  }

  /** Nothing of what is drawn for good can change. */
  const isDrawn = (): boolean =>
    product.checkouts.every(
      ({ key, checkout }) => checkout.kind === 'drawdown' && standing.get(key)?.granted === true,
    )

  function warningsOf(open: readonly Answered[]): readonly string[] {
    const whys = open.flatMap(({ failure }) => (failure === null ? [] : [verdictOf(failure, asked).why]))
    const yes = [...standing.values()].flatMap((one) => (one.granted ? [one.yesAt] : []))
    const goesOn =
      yes.length === 0
        ? 'This container is not entitled any more.'
        : `What AWS granted at ${new Date(Math.min(...yes)).toISOString()} goes on for now.`
    if (open.length > 0 && whys.length === 0) whys.push(`AWS grants nothing of ${product.title} at present.`)
    return [...new Set(whys)].map((why) => `${why} ${goesOn}`)
  }

  return {
    name: 'license',
    nextWake: () => (released ? null : wake),

    async ask(now): Promise<Verdict> {
      let answered: readonly Answered[]
      try {
        answered = await look(now)
      } catch (thrown) {
        return noDisk(thrown)
      }
      if (entitlements.entitled) return { kind: 'entitled', entitlements, warnings }
      const failures = answered.flatMap(({ failure }) => (failure === null ? [] : [failure]))
      return worstOf(failures, asked)
    },

    async runDue(now) {
      if (released || wake === null || now < wake) return []
      const before = entitlements
      try {
        await look(now)
      } catch (thrown) {
        wake = nextLook(now, false, null, ports.random())
        const { why } = noDisk(thrown)
        warnings = [why]
        return [why]
      }
      const did = changeOf(before, entitlements)
      if (did === null) return []
      for (const listen of listeners) listen(entitlements)
      return [did]
    },

    entitlements: () => entitlements,
    warnings: () => warnings,
    onChange: (listen) => void listeners.push(listen),
    async release() {
      if (released) return
      released = true
      await checkouts.giveBack().catch(() => undefined)
    },
  }
}

/** Nothing was granted. What may pass is waited for; else what the role or the image lacks; else the buyer bought nothing. */
function worstOf(failures: readonly CallFailure[], asked: Asked): Exclude<Verdict, { kind: 'entitled' }> {
  const verdicts = failures.map((failure) => verdictOf(failure, asked))
  const of = (kind: Verdict['kind']) => verdicts.find((verdict) => verdict.kind === kind)
  return (
    of('again') ??
    of('misconfigured') ??
    of('not-supported') ??
    of('not-entitled') ??
    verdictOf(
      {
        kind: 'refused',
        name: 'NoEntitlementsAllowedException',
        message: 'no dimension was granted',
        status: 400,
      },
      asked,
    )
  )
}

/** One sentence, or null: nothing that an application reads has changed. */
function changeOf(before: Entitlements, now: Entitlements): string | null {
  const keys = (of: Entitlements) => of.dimensions.map(({ key, value }) => `${key}=${value}`).join(', ')
  if (before.entitled === now.entitled && keys(before) === keys(now)) return null
  if (!now.entitled) return 'license: nothing is granted any more'
  return `license: ${keys(now)} granted${now.plan === null ? '' : `, plan ${now.plan}`}`
}

function noDisk(thrown: unknown): Extract<Verdict, { kind: 'misconfigured' }> {
  const said = thrown instanceof Error ? thrown.message : 'unknown'
  return {
    kind: 'misconfigured',
    code: 'spool',
    why: `What this task takes of the contract is written down before AWS is asked, and the disk does not take it (${said}): give TOLLGATE_SPOOL a folder that the container's user may write.`,
  }
}
