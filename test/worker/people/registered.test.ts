/** That somebody registered: kept, told and written down together, once, however often the form is sent. Issue §5. */
import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'
import { sweepDeliveries } from '../../../worker/deliveries/sweep.ts'
import { csrfOf, logOf, register, useStage } from './stage.ts'

const stage = useStage()

const outbox = async (): Promise<string[]> => {
  const { results } = await env.DB.prepare('SELECT channel, kind FROM outbox ORDER BY channel').all<{
    channel: string
    kind: string
  }>()
  return results.map(({ channel, kind }) => `${channel} ${kind}`)
}

test('a form that is sent three times is one webhook, one welcome, and a row of the audit log for each address; its last words count', async () => {
  const buyer = stage.browser()
  stage.customers.clear()
  await buyer.arrive('t')
  const csrf = await csrfOf(buyer, '/registration')
  for (const email of ['first@example.com', 'first@example.com', 'last@example.com'])
    await buyer.post('/registration', { _csrf: csrf, email, name: 'Sam Doe', company: 'Example Ltd' })
  expect(await outbox()).toEqual(['mail registration.completed', 'webhook registration.completed'])
  await sweepDeliveries(stage.edge)
  await sweepDeliveries(stage.edge)
  expect(stage.mails.map(({ to, subject }) => [to, subject])).toEqual([
    ['last@example.com', 'Welcome to Skillsmith'],
  ])
  expect((await logOf(stage)).map(({ kind }) => kind)).toEqual(['register', 'register'])
})

test('what is told of a registration holds nothing of the person: the address is read when it is sent', async () => {
  await register(stage, stage.browser(), { digit: 'a', email: 'canary@example.com' })
  const { results } = await env.DB.prepare('SELECT * FROM outbox').all()
  expect(results).toHaveLength(2)
  expect(JSON.stringify(results)).not.toMatch(/canary|Sam Doe/)
})

test('the contact and what is told of it are written together or not at all', async () => {
  const buyer = stage.browser()
  await buyer.arrive('t')
  await env.DB.prepare(
    "CREATE TRIGGER broken BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
  ).run()
  expect((await buyer.register()).status).toBe(500)
  expect(await env.DB.prepare('SELECT count(*) AS n FROM contacts').first('n')).toBe(0)
  await env.DB.prepare('DROP TRIGGER broken').run()
  expect((await buyer.register()).status).toBe(303)
  expect(await outbox()).toHaveLength(2)
})

test('a registration that cannot be written to the audit log is not made, and says so', async () => {
  const buyer = stage.browser()
  await buyer.arrive('t')
  const csrf = await csrfOf(buyer, '/registration')
  const away = { getByName: () => ({ note: () => Promise.reject(new Error('away')) }) }
  const audit = Object.assign(Object.create(stage.edge.settings.audit), away)
  stage.edge = { ...stage.edge, settings: { ...stage.edge.settings, audit } }
  const later = stage.browser()
  later.cookies = buyer.cookies
  const fields = { _csrf: csrf, email: 'a@example.com', name: 'N', company: 'C' }
  const answer = await later.post('/registration', fields)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '60'])
  expect(await env.DB.prepare('SELECT count(*) AS n FROM contacts').first('n')).toBe(0)
})
