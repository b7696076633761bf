/**
 * Rounds of load, SIGKILL of a random process and restart, then a check of the whole history: every acknowledged event is
 * counted once and billed once. `node test/system/kill-rounds.ts 20 [seed]`; exit code 1 on any loss, double or process left over.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { portIsFree } from '../../commands/start/ports.ts'
import { groupIsGone, groupOf, kill, ROLES } from '../support/processes.ts'
import {
  callsReported,
  callsShown,
  METER,
  type Purchased,
  purchase,
  unitsBilled,
  unitsDue,
} from '../support/purchase.ts'
import { newFolder, removeFolder, startSystem, type System } from '../support/system.ts'
import { applicationAt, type Report } from '../support/usage.ts'

/** Senders at work at once, and how long they send before the kill at most. */
const SENDERS = 4
const LOAD_MS_MAX = 700
const BATCH_MAX = 50

const rounds = Number(process.argv[2] ?? 20)
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000)
/** Apart, so that a seed kills the same processes at the same moments whatever the senders get done. */
const random = generator(seed)
const chance = generator(seed + 1)
const folder = newFolder()
const began = performance.now()

/** Everything that was ever sent, by the purchase it was sent for: a batch keeps its content until it is acknowledged. */
const history = new Map<number, Report[]>()
const unsure: { purchase: number; batch: readonly Report[] }[] = []
const faults: string[] = []
const killed = new Map<string, number>()
let sent = 0
let acknowledgedTwice = 0
/** The business time all usage of a round is timed at: hours that close meanwhile get it late. */
let present = 0
let killing = false

let system = await startSystem({ folder })
const { ports } = system
const purchases: Purchased[] = []
for (const { account } of (await firstAccounts(system)).slice(0, 3))
  purchases.push(await purchase(system, { account }))

for (let round = 1; round <= rounds; round += 1) {
  const stop = new AbortController()
  present = (await purchases[0]?.marketplace.business()) ?? 0
  killing = false
  const senders = Array.from({ length: SENDERS }, () => sendUntil(stop.signal))
  const other = disturb()
  await sleep(50 + chance() * LOAD_MS_MAX)
  await killSome(system)
  stop.abort()
  await Promise.all([...senders, other])

  system = await startSystem({ folder, ports })
  await resendUnsure()
}

await purchases[0]?.marketplace.clearFaults()
await purchases[0]?.marketplace.settle('hour')
for (const [at, bought] of purchases.entries()) {
  const reports = history.get(at) ?? []
  const due = unitsDue(reports)
  const billed = await unitsBilled(bought)
  if (due !== billed) faults.push(`purchase ${at + 1}: ${due} units are due, ${billed} are billed`)
  // A unit is a thousand calls: a lost event may hide in the remainder, but not here.
  const calls = callsReported(reports, await bought.marketplace.business())
  const shown = await callsShown(bought)
  if (calls !== shown) faults.push(`purchase ${at + 1}: ${calls} calls acknowledged, ${shown} counted`)
}
await system.stop()
removeFolder(folder)

const seconds = Math.round((performance.now() - began) / 100) / 10
const kills = [...killed].map(([role, times]) => `${role} ${times}`).join(', ')
console.log(
  `kill rounds: ${rounds} rounds (${kills}), seed ${seed}, ${sent} events acknowledged, ${acknowledgedTwice} of them ` +
    `asked twice, ${faults.length === 0 ? 'all billed once, nothing left over' : faults.join('; ')}, ${seconds} s`,
)
process.exit(faults.length === 0 ? 0 : 1)

/** Sends batches, one after the other; what gets no answer is kept to be sent again as it was. */
async function sendUntil(stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const at = Math.floor(random() * purchases.length)
    const batch = newBatch()
    if (await acknowledged(at, batch)) continue
    unsure.push({ purchase: at, batch })
    return
  }
}

function newBatch(): readonly Report[] {
  return Array.from({ length: 1 + Math.floor(random() * BATCH_MAX) }, () => ({
    id: `${seed}-${(sent += 1)}`,
    meter: METER,
    quantity: Math.floor(random() * 2_000),
    time: present,
  }))
}

/** True once each event of the batch is counted. Another answer than counted, duplicate or again is a fault. */
async function acknowledged(at: number, batch: readonly Report[]): Promise<boolean> {
  const subscription = purchases[at]?.subscription ?? ''
  const answer = await applicationAt(system.landing, system.apiKey, subscription)
    .batch(batch)
    .catch(() => undefined)
  if (answer === undefined || answer.status >= 500) return false
  const { results = [] } = answer.body as { results?: { result: string }[] }
  if (results.some(({ result }) => result === 'again')) return false
  if (results.length !== batch.length || results.some(({ result }) => result === 'refused'))
    faults.push(`a batch was answered ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`)
  acknowledgedTwice += results.filter(({ result }) => result === 'duplicate').length
  history.set(at, [...(history.get(at) ?? []), ...batch])
  return true
}

/** A real client's part: what was not acknowledged is sent again under the same ids until it is. */
async function resendUnsure(): Promise<void> {
  for (const { purchase: at, batch } of unsure.splice(0)) {
    let tries = 0
    while (!(await acknowledged(at, batch))) {
      if ((tries += 1) > 20) throw new Error('a batch is not taken after 20 tries')
      await sleep(50)
    }
  }
}

/** What else may be under way when the kill comes: a move of the clock, with a fault at AWS now and then. */
async function disturb(): Promise<void> {
  const { marketplace } = purchases[0] ?? {}
  if (marketplace === undefined) return
  const kinds = ['lost_reply', 'internal_error_after_commit', 'throttle', 'internal_error_before_commit']
  const kind = kinds[Math.floor(random() * kinds.length)] ?? 'throttle'
  try {
    if (random() < 0.5) await marketplace.fault({ kind, on: 'BatchMeterUsage', count: 1 })
    await sleep(random() * 200)
    if (random() < 0.7) await marketplace.settle('hour')
    else await marketplace.advance('PT20M')
  } catch (cause) {
    // Killed while it moved, as it should be; before the kill it is a fault.
    if (!killing) faults.push(`the clock did not move: ${String(cause)}`)
  }
}

/** One of the four, or all, or all that watch: then workerd is left for the next start. */
async function killSome(on: System): Promise<void> {
  const choices = [...ROLES, 'all', 'watchers'] as const
  const choice = choices[Math.floor(chance() * choices.length)] ?? 'all'
  killed.set(choice, (killed.get(choice) ?? 0) + 1)
  killing = true
  const group = groupOf(folder) ?? 0
  const watchers = on.processes().filter(({ role }) => role !== 'workerd')
  if (choice === 'watchers') {
    for (const { pid } of watchers) process.kill(pid, 'SIGSTOP')
    for (const { pid } of watchers) kill(pid)
    await on.exited
    return
  }
  if (choice === 'all') on.killAll()
  else on.kill(choice)
  await on.exited
  if (!(await groupIsGone(group))) faults.push(`killing ${choice} left processes of group ${group}`)
  const free = await Promise.all(ports.map(portIsFree))
  if (free.includes(false)) faults.push(`killing ${choice} left a port taken`)
}

/** mulberry32: the same seed, the same choices. */
function generator(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function firstAccounts({ storefront }: System): Promise<readonly { account: string }[]> {
  const state = await fetch(new URL('/api/state', storefront))
  return ((await state.json()) as { accounts: { account: string }[] }).accounts
}
