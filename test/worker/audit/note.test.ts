/** What is done by others than operators is in the same log: before it is done, or it is not done (design §5.5). */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, expect, test, vi } from 'vitest'
import type { Page, RepairEntry } from '../../../shared/ledger/repair.ts'
import { KINDS } from '../../../shared/operator/audit-log.ts'
import { createApp } from '../../../worker/app.ts'
import type { Edge } from '../../../worker/env.ts'
import { Audit } from '../../../worker/index.ts'
import { AUDIT, type Verified } from '../../../worker/audit/object.ts'
import { audited, note, type Noted } from '../../../worker/audit/audited.ts'
import { closeOperator, KEY, openOperator, ORIGIN } from '../operator/stage.ts'

afterEach(closeOperator)

const LINK: Noted = {
  kind: 'link',
  who: 'account 111122223333',
  why: 'asked on the status page',
  subject: 'sub_a',
  detail: { workspace: 'wsp_b', agreement: null },
}

/** An edge whose log does not answer. */
function withoutLog(edge: Edge): Edge {
  const audit: Env['AUDIT'] = Object.create(env.AUDIT, {
    getByName: {
      value: () => {
        throw new Error('the object is gone')
      },
    },
  })
  return { ...edge, settings: { ...edge.settings, audit } }
}

test('an act of every kind is noted in one row with who, why and what about, in one chain that holds', async () => {
  const stage = await openOperator()
  for (const kind of KINDS)
    expect(await note(stage.edge, { ...LINK, kind })).toEqual({ ok: true, value: null })
  const { rows } = (await stage.get<Page<RepairEntry>>('/log')).body
  expect(rows.map(({ kind, who, why, subject }) => [kind, who, why, subject])).toEqual(
    KINDS.map((kind) => [kind, LINK.who, LINK.why, LINK.subject]),
  )
  expect(JSON.parse(rows[0]?.act ?? '')).toMatchObject({ detail: { agreement: null, workspace: 'wsp_b' } })
  const { entry, hash } = rows.at(-1) ?? {}
  expect((await stage.get<Verified>('/log/audit')).body).toEqual({ findings: [], last: { entry, hash } })
})

test('the same act under its id is noted once, and its id is not taken by another', async () => {
  const stage = await openOperator()
  for (const why of ['once', 'once']) await note(stage.edge, { ...LINK, why }, 'link-sub_a-1')
  const other = await note(stage.edge, { ...LINK, why: 'other' }, 'link-sub_a-1')
  expect(other).toMatchObject({ ok: false, error: { code: 'changed' } })
  expect((await stage.get<Page<RepairEntry>>('/log')).body.rows.map(({ why }) => why)).toEqual(['once'])
})

test('what cannot be noted is refused with `again` and not done', async () => {
  const log = vi.spyOn(console, 'error').mockReturnValue()
  const stage = await openOperator()
  const edge = withoutLog(stage.edge)
  expect(await note(edge, LINK)).toMatchObject({ ok: false, error: { code: 'again', retryAfterSeconds: 5 } })
  const work = vi.fn<() => Promise<{ again: string }>>()
  const answer = await audited(edge, { id: 'act-1234', ...LINK }, work)
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'again' }])
  expect(work).not.toHaveBeenCalled()
  const init = {
    method: 'POST',
    headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'act-1234', who: 'ada', why: 'test' }),
  }
  const held = await createApp(edge).request(`${ORIGIN}/v1/operator/sending/hold`, init)
  expect([held.status, await env.SUBMITTER.getByName('111122223333:us-east-1').backlog()]).toMatchObject([
    503,
    { stops: [] },
  ])
  expect(String(log.mock.calls)).toContain('audit_failed')
})

test('a secret an act has made is in its first answer and never in the log, nor in a second answer', async () => {
  const stage = await openOperator()
  const work = async () => ({
    sentence: 'A key was made.',
    value: null,
    refused: null,
    detail: { key: 'key_1' },
    shown: { text: 'tg_secret' },
  })
  const act = { id: 'act-1234', who: 'ada', why: 'test', kind: 'create key', subject: 'key_1' } as const
  const first = await (await audited(stage.edge, act, work)).json()
  const second = await (await audited(stage.edge, act, work)).json()
  expect([first, second]).toMatchObject([{ key: 'key_1', text: 'tg_secret' }, { key: 'key_1' }])
  expect(JSON.stringify([second, (await stage.get('/log')).body])).not.toContain('tg_secret')
})

test('a log that knew four kinds keeps its rows and takes every kind from then on', async () => {
  const stage = await openOperator()
  await stage.post('/sending/hold', { id: 'act-hold-1', who: 'ada', why: 'before' })
  const before = (await stage.get<Page<RepairEntry>>('/log')).body.rows
  await runInDurableObject(env.AUDIT.getByName(AUDIT), async (_, state) => {
    const { sql } = state.storage
    const [table] = sql
      .exec<{ sql: string }>("SELECT sql FROM sqlite_master WHERE name = 'repairs'")
      .toArray()
    for (const name of ['update', 'delete', 'second']) sql.exec(`DROP TRIGGER repairs_${name}`)
    sql.exec('ALTER TABLE repairs RENAME TO newer')
    sql.exec(
      (table?.sql ?? '').replace(
        'kind TEXT NOT NULL',
        "kind TEXT NOT NULL CHECK (kind IN ('hold sending', 'release sending'))",
      ),
    )
    sql.exec('INSERT INTO repairs SELECT * FROM newer')
    sql.exec('DROP TABLE newer')
    for (const name of ['update', 'delete', 'second'])
      sql.exec(
        `CREATE TRIGGER repairs_${name} BEFORE UPDATE ON repairs BEGIN SELECT RAISE(ABORT, 'never'); END`,
      )
    const log = new Audit(state, env)
    expect(await log.note({ id: 'act-link-1', ...LINK }, 'linked')).toBe(true)
    expect((await log.entries({ limit: 9 })).rows.slice(0, 2)).toEqual(before)
    expect((await log.verify()).findings).toEqual([])
    expect(() => sql.exec('DELETE FROM repairs')).toThrow(/never changes/)
  })
})

test('a log longer than one page is verified to its end', async () => {
  const stage = await openOperator()
  await runInDurableObject(env.AUDIT.getByName(AUDIT), async (_, state) => {
    const log = new Audit(state, env)
    for (let n = 0; n < 1_001; n++) await log.note({ id: `act-${n}-xxxx`, ...LINK }, 'linked')
    expect(await log.verify()).toMatchObject({ findings: [], last: { entry: 1_001 } })
    state.storage.sql.exec('DROP TRIGGER repairs_update')
    state.storage.sql.exec("UPDATE repairs SET who = 'eve' WHERE entry = 1000")
    expect((await log.verify()).findings).toMatchObject([{ subject: 'entry 1000' }])
  })
  expect((await stage.get<Verified>('/log/audit')).body.findings).toMatchObject([{ subject: 'entry 1000' }])
})
