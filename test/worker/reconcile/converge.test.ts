/** A week without a single event: one reconciliation, and every life stands where it would (G.2 fault 24, design §5.6). */
import { expect, test } from 'vitest'
import { keepEvents } from '../../../worker/db/inbox.ts'
import { readPushed } from '../../../worker/events/keep.ts'
import { readDetail, type Detail } from '../../../worker/lifecycle/state.ts'
import { SCENARIOS, type Step } from '../../../simulator/scenarios.ts'
import { begin, clear, HOUR, rows, useWorld, type World } from './world.ts'

const world = useWorld()

const BUNDLE = {
  small: { dimension: 'team_users', quantity: 1 },
  large: { dimension: 'team_users', quantity: 50 },
}

interface Row {
  readonly id: string
  readonly license_tail: string
  readonly agreement_id: string | null
  readonly state: string
  readonly plan: string | null
  readonly entitlements: string | null
  readonly detail: string
}

const readRows = () =>
  rows<Row>(
    'SELECT id, license_tail, agreement_id, state, plan, entitlements, detail FROM subscriptions ORDER BY license_tail',
  )

/** Where every subscription stands, without the times at which it came to stand there. */
async function standing() {
  const all = await readRows()
  const nameOf = (id: string | null | undefined) => all.find((row) => row.id === id)?.license_tail ?? null
  return all.map((row) => {
    const detail = readDetail(row)
    return {
      license: row.license_tail,
      agreement: row.agreement_id,
      state: row.state,
      plan: row.plan,
      entitled: entitledOf(row),
      life: detail?.life,
      access: [detail?.access.granted, detail?.access.why],
      trial: detail?.trial,
      activated: detail?.activation !== null,
      ended: detail?.end?.cause ?? null,
      endedBy: detail?.endedBy,
      licenses: detail?.licenses.map(({ arn }) => arn),
      grants: detail?.grants.map(({ agreementId }) => agreementId),
      predecessor: nameOf(detail?.predecessor),
      successor: nameOf(detail?.successor),
    }
  })
}

const entitledOf = ({ entitlements }: Row): unknown =>
  entitlements === null
    ? null
    : JSON.parse(entitlements).entitlements.map((one: { dimension: string; value: unknown }) => [
        one.dimension,
        one.value,
      ])

/** What depends on when somebody was asked, on ids drawn anew, or on the hour at which a change was seen. */
const APART = new Set<string>([
  'plans',
  'asking',
  'askingAgreement',
  'predecessor',
  'successor',
  'terms',
  'held',
  'provisioning',
] satisfies (keyof Detail)[])

/** Everything else of the lifecycle's own, times included. */
const exact = async () =>
  (await readRows()).map((row) => ({
    license: row.license_tail,
    state: row.state,
    plan: row.plan,
    entitled: entitledOf(row),
    ...Object.fromEntries(Object.entries(readDetail(row) ?? {}).filter(([name]) => !APART.has(name))),
  }))

/** Plays a script; events are lost between its `from`th step and its end. */
async function play(steps: readonly Step[], from: number): Promise<void> {
  let agreement = ''
  for (const [at, step] of steps.entries()) {
    if (at === from) world.losing = true
    if ('waitMs' in step) await world.pass(step.waitMs)
    else if ('buy' in step) agreement = await world.buy({ product: product(steps), ...step.buy(BUNDLE) })
    else agreement = await world.live(agreement, step.act(BUNDLE))
  }
  await world.pass(2 * HOUR)
  world.losing = false
}

const product = (steps: readonly Step[]): string => {
  const buy = steps.find((step) => 'buy' in step)
  return buy !== undefined && 'buy' in buy && buy.buy(BUNDLE).bought !== undefined
    ? 'contract'
    : 'subscription'
}

/** An advisory is told by an event alone, and this life is about nothing else. */
const LIVES = Object.entries(SCENARIOS).filter(([name]) => name !== 'advisory')

/** As if AWS's events had only been late: they come now, through the door they would have come by. */
async function hear(to: World): Promise<void> {
  const events = to.lost.map((body, at) => readPushed(to.edge, body, `late-${at}`))
  for (let at = 0; at < events.length; at += 20)
    await keepEvents(to.edge.settings.db, events.slice(at, at + 20), to.clock.business)
  await to.cron()
}

/** AWS does not tell which of the two came first once both have: the order in which one life heard of its end. */
const WITHOUT_ORDER = ['deprovisioned-first']

type Standing = Awaited<ReturnType<typeof standing>>

/** Who may use what, where nobody else follows. */
const accessOf = (all: Standing) =>
  all
    .filter(({ successor }) => successor === null)
    .map(({ license, agreement, state, access: [granted], plan }) => [
      license,
      agreement,
      state,
      granted,
      ...(granted ? [plan] : []),
    ])

const chainsOf = (all: Standing) =>
  all.map(({ licenses, grants, successor, predecessor }) => ({ licenses, grants, successor, predecessor }))

const anew = async () => {
  await clear()
  begin(world)
}

test.each(LIVES)(
  '%s: active and then without events, one reconciliation ends where all of them would, another writes nothing, what comes late makes the times true; without any event whoever would have access has it and nobody else',
  async (name, { steps }) => {
    await play(steps, steps.length)
    await world.pass(HOUR)
    const whole = { loosely: await standing(), exactly: await exact() }

    await anew()
    await play(steps, 2)
    await world.reconcile()
    await world.pass(HOUR)
    const known = WITHOUT_ORDER.includes(name) ? { endedBy: null } : {}
    expect((await standing()).map((one) => ({ ...one, ...known }))).toEqual(
      whole.loosely.map((one) => ({ ...one, ...known })),
    )
    const before = await rows('SELECT id FROM inbox ORDER BY id')
    await world.reconcile()
    expect(await rows('SELECT id FROM inbox ORDER BY id')).toEqual(before)
    await hear(world)
    expect(await exact()).toEqual(whole.exactly)

    // What a contract entitled to and how long a trial was AWS does not tell once it is over; nobody used either.
    await anew()
    await play(steps, 0)
    await world.reconcile()
    await world.pass(HOUR)
    const after = await standing()
    expect(accessOf(after)).toEqual(accessOf(whole.loosely))
    expect(chainsOf(after)).toEqual(chainsOf(whole.loosely))
  },
  60_000,
)
