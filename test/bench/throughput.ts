/**
 * What metering costs Skillsmith's HTTP server: the same process serves with counting on and off in turn (A B B A), each for a
 * second under full load from another process. Counts go to a real ledger on disk once a second. Judged by the CPU time that its
 * one thread needs for a request, for what the clock says depends on who else uses the machine.
 * `node test/bench/throughput.ts`, half a minute.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { listenerOf } from '../../container/app/listener.ts'
import { openTally } from '../../container/app/tally.ts'
import { openUsage, type Usage } from '../../container/app/usage.ts'
import { openApplicationMeter } from '../../container/in-process/application-meter.ts'
import { ownSink } from '../../container/in-process/sinks.ts'
import { openBooks } from '../container/books.ts'
import { median, print } from './line.ts'

const ROUNDS = 12
const ROUND_MS = 1_000
const CONNECTIONS = 16
/** Of the throughput without metering, at least. */
const GOAL = 0.99

interface Asked {
  readonly metering: boolean
}
interface Told {
  readonly port?: number
  /** CPU time of the server's process, µs. */
  readonly cpu?: number
}

if (process.send === undefined) await measure()
else serve()

/** The server's process: told which way to serve, it says how much CPU time it has used. */
function serve(): void {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-throughput-'))
  const now = (): number => Date.parse('2026-11-21T10:15:00Z')
  const books = openBooks(now(), join(folder, 'ledger.db'))
  const { meter } = openApplicationMeter({
    sink: ownSink(books.intake),
    now,
    later(ms, call) {
      const timer = setTimeout(call, ms)
      return () => clearTimeout(timer)
    },
    random: Math.random,
    source: 'local',
    epoch: 'an-epoch-of-this-bench',
    onRefused: (refused) => console.error(refused),
    onAgain: (why) => console.error(why),
    everyMs: 1_000,
    bufferMax: 100_000,
    entitlements: () => {
      throw new Error('nobody asks')
    },
    status: () => ({}),
    end: () => Promise.resolve({ records: 0, message: null }),
    stopMs: 1_000,
  })
  const on = openUsage({ count: meter.count, report: (event) => meter.report(event) }, now)
  const off: Usage = { apiCall: () => undefined, user: () => undefined, stored: () => undefined }
  const entitlements = {
    pricing: 'custom-metering',
    access: true,
    plan: null,
    features: [],
  } as const
  const serviceOf = (usage: Usage) =>
    listenerOf({ usage, tally: openTally(), entitlements: () => entitlements, newVisitor: () => 'a-visitor' })
  const listeners = { on: serviceOf(on), off: serviceOf(off) }
  let listener = listeners.off
  const server = createServer((request, response) => listener(request, response))
  server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
  process.on('message', ({ metering }: Asked) => {
    listener = metering ? listeners.on : listeners.off
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system })
  })
  process.once('disconnect', () => {
    rmSync(folder, { recursive: true, force: true })
    process.exit(0)
  })
}

async function measure(): Promise<void> {
  const server = fork(import.meta.filename, { stdio: 'inherit' })
  const tell = (asked: Asked): Promise<Told> =>
    new Promise((done) => {
      server.once('message', (told: Told) => done(told))
      server.send(asked)
    })
  const { port = 0 } = await new Promise<Told>((done) => server.once('message', (told: Told) => done(told)))
  const rate = { on: [] as number[], off: [] as number[] }
  const cpu = { on: [] as number[], off: [] as number[] }
  await load(port, 2 * ROUND_MS)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const metering of round % 2 === 0 ? [true, false] : [false, true]) {
      const before = await tell({ metering })
      const count = await load(port, ROUND_MS)
      const after = await tell({ metering })
      const name = metering ? 'on' : 'off'
      rate[name].push((count * 1_000) / ROUND_MS)
      cpu[name].push(((after.cpu ?? 0) - (before.cpu ?? 0)) / count)
    }
  }
  server.disconnect()
  const unit = 'requests/s'
  const kept = median(rate.on.map((value, at) => value / (rate.off[at] ?? Number.NaN)).slice(1))
  print({ id: 'requests-metered', value: median(rate.on), unit, ratio: kept, base: 'unmetered', ok: true })
  const cost = median(cpu.on.map((value, at) => value / (cpu.off[at] ?? Number.NaN)).slice(1))
  const value = 1e6 / median(cpu.on)
  print({ id: 'throughput-metered', value, unit, ratio: 1 / cost, base: 'unmetered', ok: 1 / cost >= GOAL })
}

/** Asks for skills over as many connections as there are, each anew when it is answered; answers how often. */
async function load(port: number, ms: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const until = performance.now() + ms
  let count = 0
  const ask = (): Promise<void> =>
    new Promise((done, fail) => {
      get({ host: '127.0.0.1', port, path: '/api/skills?q=review', agent }, (response) => {
        response.resume().once('end', () => {
          if (response.statusCode === 200) count += 1
          done()
        })
      }).once('error', fail)
    })
  const connections = Array.from({ length: CONNECTIONS }, async () => {
    while (performance.now() < until) await ask()
  })
  await Promise.all(connections)
  agent.destroy()
  if (count === 0) throw new Error('nothing was answered: is the path one of the service?')
  return count
}
