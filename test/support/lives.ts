/** Whole lives of purchases over real HTTP, side by side on one clock: each by its script, with a buyer of its own. */
import { SCENARIOS, type Bundle, type Step } from '../../simulator/scenarios.ts'
import { newBuyer, type Buyer } from './buyer.ts'
import { marketplaceAt, type MarketplaceClient } from './marketplace.ts'
import { PERSON, PRODUCT } from './purchase.ts'
import type { System } from './system.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A month's contract and a trial with its days of grace are over by then. */
const WAIT_MAX = 32 * DAY

const BUNDLE: Bundle = {
  small: { dimension: 'team_users', quantity: 1 },
  large: { dimension: 'team_users', quantity: 50 },
}

export interface Life {
  readonly name: string
  /** An AWS account of its own. */
  readonly account: string
}

/** Each script once, or those named, with accounts that begin with these digits. */
export const livesOf = (digits: string, names: readonly string[] = Object.keys(SCENARIOS)): readonly Life[] =>
  names.map((name, at) => ({ name, account: `${digits}${String(at).padStart(12 - digits.length, '0')}` }))

interface Played {
  readonly life: Life
  readonly steps: Step[]
  readonly buyer: Buyer
  agreement: string
  /** Business time of its next step. */
  due: number
}

/**
 * Plays all of them from the present on, each step at its time; the clock moves for all at once. `onceBegun` runs before
 * the first step that any of them waited for.
 */
export async function playLives(
  system: System,
  lives: readonly Life[],
  onceBegun: () => Promise<void> = async () => undefined,
): Promise<void> {
  const marketplace = marketplaceAt(system.storefront)
  const start = await marketplace.business()
  const playing = lives.map((life): Played => ({
    life,
    steps: [...(SCENARIOS[life.name]?.steps ?? [])],
    buyer: newBuyer(system.landing),
    agreement: '',
    due: start,
  }))
  let begun = 0
  for (;;) {
    const left = playing.filter(({ steps }) => steps.length > 0)
    if (left.length === 0) break
    const next = Math.min(...left.map(({ due }) => due))
    await moveTo(marketplace, next)
    if (begun === 1) await onceBegun()
    begun += 1
    for (const one of left.filter(({ due }) => due === next)) await playStep(marketplace, one)
  }
  await moveTo(marketplace, Math.max(...playing.map(({ due }) => due)))
}

async function moveTo(marketplace: MarketplaceClient, time: number): Promise<void> {
  const seconds = Math.ceil((time - (await marketplace.business())) / 1_000)
  if (seconds > 0) await marketplace.advance(`PT${seconds}S`)
}

/** Everything up to the script's next wait. */
async function playStep(marketplace: MarketplaceClient, one: Played): Promise<void> {
  for (let step = one.steps.shift(); step !== undefined; step = one.steps.shift()) {
    if ('waitMs' in step) {
      one.due += Math.min(step.waitMs, WAIT_MAX)
      return
    }
    if ('buy' in step) {
      const { bought, term, autoRenew, trial, payment, startDelayMs } = step.buy(BUNDLE)
      const arrival = await marketplace.subscribe({
        product: bought === undefined ? PRODUCT : 'contract',
        account: one.life.account,
        ...(bought === undefined ? {} : { bought }),
        ...(term === undefined ? {} : { term }),
        ...(autoRenew === undefined ? {} : { autoRenew }),
        ...(trial === undefined ? {} : { trial }),
        ...(payment === undefined ? {} : { payment }),
        ...(startDelayMs === undefined ? {} : { startDelay: `PT${startDelayMs / 1_000}S` }),
      })
      one.agreement = arrival.agreement.id
      await register(one, arrival)
    } else {
      const { act, ...body } = step.act(BUNDLE)
      const name = act === 'send_event' ? 'event' : act.replaceAll('_', '-')
      const lived = await marketplace.act(one.agreement, name, body)
      one.agreement = lived.agreement.id
      if (lived.form !== undefined) await register(one, { form: lived.form })
    }
  }
}

async function register({ buyer, life }: Played, arrival: Parameters<Buyer['arrive']>[0]): Promise<void> {
  await buyer.arrive(arrival)
  await buyer.register({ ...PERSON, email: mailOf(life) })
}

export const mailOf = ({ account }: Life): string => `buyer-${account}@example.com`

/**
 * What the API says of a life's purchases, oldest first, whole. Ids are named by their order, licenses and agreements by
 * AWS's; times are whole hours since `start`.
 */
export async function readEnding(
  system: System,
  { account }: Life,
  start: number,
): Promise<readonly object[]> {
  const ask = async <T>(path: string): Promise<T> => {
    const response = await fetch(new URL(path, system.landing), {
      headers: { authorization: `Bearer ${system.apiKey}` },
    })
    if (!response.ok) throw new Error(`${path} answered ${response.status}`)
    return (await response.json()) as T
  }
  const bought = (await marketplaceAt(system.storefront).agreements()).filter(
    (one) => one.account === account,
  )
  const { subscriptions } = await ask<{ subscriptions: { id: string; licenseArn: string }[] }>(
    `/v1/buyers/${account}/subscriptions`,
  )
  const placeOf = (arn: string) => bought.findIndex(({ license }) => license.arn === arn)
  const inOrder = subscriptions.toSorted((a, b) => placeOf(a.licenseArn) - placeOf(b.licenseArn))
  const views = await Promise.all(inOrder.map(({ id }) => ask<object>(`/v1/subscriptions/${id}`)))
  const licenses = [...new Set(bought.map(({ license }) => license.arn))]
  const names = new Map<string, string>([
    ...inOrder.map(({ id }, at) => [id, `subscription ${at + 1}`] as const),
    ...licenses.map((arn, at) => [arn, `license ${at + 1}`] as const),
    ...bought.map(({ id }, at) => [id, `agreement ${at + 1}`] as const),
    [account, 'account'] as const,
  ])
  const plain = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]))
    if (typeof value !== 'string') return value
    if (value.startsWith('ws_') && !names.has(value)) names.set(value, 'workspace')
    if (!/^\d{4}-\d\d-\d\dT/.test(value)) return names.get(value) ?? value
    return `${Math.round((Date.parse(value) - start) / HOUR)}h`
  }
  return views.map((view) => plain(view) as object)
}

/** What was told of a life, each channel in the order of its times; of one instant in the order of its words. */
export async function readTold(marketplace: MarketplaceClient, life: Life) {
  const byTime = (a: readonly [string, string], b: readonly [string, string]) =>
    a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : 1
  const words = (told: readonly (readonly [string, string])[]) =>
    told.toSorted(byTime).map(([, word]) => word)
  const hooks = (await marketplace.webhooks()).flatMap(({ body, at, type, verified }): [string, string][] => {
    const { data } = JSON.parse(body) as {
      data: { subscription: { account: string }; decision: { why?: string } }
    }
    if (data.subscription.account !== life.account) return []
    const why = data.decision.why === undefined ? '' : ` (${data.decision.why})`
    return [[at, `${type.replace('subscription.', '')}${why}${verified === true ? '' : ' UNVERIFIED'}`]]
  })
  const mail = (await marketplace.mail()).flatMap(({ at, to, subject }): [string, string][] =>
    to.includes(mailOf(life)) ? [[at, subject]] : [],
  )
  const topic = (await marketplace.messages()).flatMap(({ at, subject, message }): [string, string][] =>
    message.includes(`AWS account: ${life.account}`) ? [[at, subject ?? '']] : [],
  )
  return { webhooks: words(hooks), mail: words(mail), sns: words(topic) }
}
