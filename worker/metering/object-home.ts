/** A Durable Object as the home of a core: its SQLite, its alarm, its name, the Worker's log, and people for its alarms. */
import type { Clocks } from '../../shared/clock.ts'
import { logLine } from '../log.ts'
import type { Home } from './ports.ts'
import { tellPeople } from './alarm-notice.ts'
import { openObjectSql } from './sql.ts'

/** Output gates let nothing leave the object before what it wrote is durable: Cloudflare's part of `Home`. */
export const objectHome = (ctx: DurableObjectState, clocks: Clocks, env: Env): Home => ({
  name: ctx.id.name,
  sql: openObjectSql(ctx.storage),
  alarm: {
    get: () => ctx.storage.getAlarm(),
    set: (atMs) => ctx.storage.setAlarm(atMs),
    delete: () => ctx.storage.deleteAlarm(),
    sync: () => ctx.storage.sync(),
  },
  clocks,
  log(level, event, detail) {
    logLine(level, event, detail)
    if (event === 'metering_alarm') ctx.waitUntil(tellPeople(env, detail, clocks.business()))
  },
})
