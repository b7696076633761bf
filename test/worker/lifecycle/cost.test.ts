/** What each minute reads of D1 while nothing is new: it is paid for by the row, and must not grow with the years (quality-anchors B.2). */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { sweepSubscriptions } from '../../../worker/lifecycle/sweep.ts'
import { licenseArn } from '../landing/browser.ts'
import { created, updated } from './marketplace.ts'
import { T, useStage } from './stage.ts'

const stage = useStage()

/** Counts what is read through it. */
function counting(db: D1Database): { readonly db: D1Database; readonly read: () => number } {
  let read = 0
  const statement = (of: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(of, {
      get(target, name) {
        if (name === 'bind') return (...values: unknown[]) => statement(target.bind(...values))
        const member: unknown = Reflect.get(target, name)
        if (name !== 'all') return typeof member === 'function' ? member.bind(target) : member
        return async () => {
          const answer = await target.all()
          read += answer.meta.rows_read ?? 0
          return answer
        }
      },
    })
  const counted = new Proxy(db, {
    get(target, name) {
      if (name === 'prepare') return (sql: string) => statement(target.prepare(sql))
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  return { db: counted, read: () => read }
}

test('a minute in which nothing happens reads a handful of rows, however many events were ever applied', async () => {
  await stage.arrive()
  await stage.poll(created(T('14:23:22')), updated(T('14:24:23'), { license: licenseArn('a') }))
  await env.DB.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
     INSERT INTO inbox (id, source, detail_type, time_ms, agreement_id, license_tail, product_code, account, body,
       received_ms, state) SELECT 'old-' || i, source, detail_type, time_ms, 'agmt-old-' || i, printf('l-%032x', i),
       product_code, account, body, received_ms, 'applied' FROM n, inbox WHERE license_tail IS NOT NULL`,
  ).run()
  const { db, read } = counting(env.DB)
  await sweepSubscriptions({ ...stage.edge, settings: { ...stage.edge.settings, db } })
  expect(read()).toBeLessThan(20)
})
