/** `/tasks`: the tasks of buyers, for programs that run them. What is written goes through the marketplace's one door. */
import { Hono } from 'hono'
import type { Clock } from '../../shared/clock.ts'
import { checkHost, checkSite } from '../guard.ts'
import type { Door, Marketplace } from '../host.ts'
import { own } from '../marketplace/draft.ts'
import type { Commands } from '../marketplace/commands.ts'
import { podToken } from '../services/cluster.ts'
import { publicKeyOf } from '../services/registration.ts'
import { readFields } from './bodies.ts'
import { given } from './input.ts'
import { badRequest, problem, refused } from './problem.ts'
import { taskView } from './task-views.ts'

/** `/tasks…` and `/products/{key}/public-key.pem`; any other path is not answered. */
export function taskRoutes(marketplace: Marketplace, wall: Clock): Door {
  const { state } = marketplace
  const app = new Hono()
  const viewOf = (id: string, url: string) => {
    const task = own(state.tasks, id)
    return task === undefined ? undefined : taskView(task, state, new URL(url).origin)
  }
  const unknown = () =>
    problem({ status: 404, code: 'unknown-task', message: 'There is no such task. GET /tasks lists them.' })

  app.get('/tasks', (c) => c.json(Object.keys(state.tasks).map((id) => viewOf(id, c.req.url))))
  app.post('/tasks', async (c) => {
    const body = await readFields(c.req.raw)
    if (!body.ok) return problem(body.error)
    const account = body.value.text('account')
    const launch = body.value.oneOf('launch', ['ecs', 'eks', 'node', 'agentcore'])
    const rest = { product: body.value.text('product'), region: body.value.text('region') }
    if (account === undefined) body.value.note('"account" is missing: an AWS account as a text of 12 digits.')
    if (launch === undefined) body.value.note('"launch" is missing: "ecs", "eks", "node" or "agentcore".')
    const wrong = body.value.problems()
    if (wrong !== '' || account === undefined || launch === undefined) return problem(badRequest(wrong))
    const run = await marketplace.run({ kind: 'run_task', account, launch, ...given(rest) })
    if (!run.ok) return problem(refused(run.error))
    const task = own(state.tasks, run.value.id)
    const token = task?.launch === 'eks' ? { token: await podToken(marketplace, task, wall) } : {}
    return c.json({ ...viewOf(run.value.id, c.req.url), ...token }, 201)
  })

  app.get('/tasks/:id', (c) => {
    const view = viewOf(c.req.param('id'), c.req.url)
    return view === undefined ? unknown() : c.json(view)
  })
  app.get('/tasks/:id/token', async (c) => {
    const task = own(state.tasks, c.req.param('id'))
    return task?.launch === 'eks' ? c.text(await podToken(marketplace, task, wall)) : unknown()
  })
  for (const [path, kind] of [
    ['stop', 'stop_task'],
    ['restart', 'restart_task'],
  ] as const)
    app.post(`/tasks/:id/${path}`, async (c) => {
      const id = c.req.param('id')
      const done = await marketplace.run({ kind, id })
      return done.ok ? c.json(viewOf(id, c.req.url)) : problem(refused(done.error))
    })
  app.post('/tasks/:id/state', async (c) => {
    const body = await readFields(c.req.raw)
    if (!body.ok) return problem(body.error)
    const fields = body.value
    const to = fields.oneOf('state', ['PENDING', 'RUNNING', 'STOPPED'])
    const rest: Partial<Commands['task_reported']> = given({
      exitCode: fields.number('exitCode'),
      reason: fields.text('reason'),
      url: fields.text('url'),
      participant: fields.text('participant'),
    })
    if (to === undefined) fields.note('"state" is missing: "PENDING", "RUNNING" or "STOPPED".')
    for (const url of [rest.url, rest.participant])
      if (url !== undefined && !isLoopback(url))
        fields.note('"url" and "participant" must be http addresses on this machine.')
    const wrong = fields.problems()
    if (wrong !== '' || to === undefined) return problem(badRequest(wrong))
    const id = c.req.param('id')
    const done = await marketplace.run({ kind: 'task_reported', ...rest, id, state: to })
    return done.ok ? c.json(viewOf(id, c.req.url)) : problem(refused(done.error))
  })

  app.get('/products/:key/public-key.pem', async (c) => {
    const product = state.products.find(({ key }) => key === c.req.param('key'))
    const version = c.req.query('version')
    const found =
      product &&
      (await publicKeyOf(marketplace, product, version === undefined ? undefined : Number(version)))
    return found === undefined
      ? problem({
          status: 404,
          code: 'unknown-key',
          message: 'There is no such key: only container products have one, and versions begin with 1.',
        })
      : c.body(found.pem, 200, {
          'content-type': 'application/x-pem-file',
          'x-public-key-version': String(found.version),
        })
  })
  app.post('/products/:key/rotate-key', async (c) => {
    const rotated = await marketplace.run({ kind: 'rotate_key', product: c.req.param('key') })
    return rotated.ok ? c.json(rotated.value, 201) : problem(refused(rotated.error))
  })
  app.notFound(() =>
    problem({
      status: 404,
      code: 'not-found',
      message: 'There is no such route. docs/simulator.md lists them.',
    }),
  )

  return (request) => {
    if (!OURS.test(new URL(request.url).pathname)) return undefined
    const turned = checkHost(request) ?? checkSite(request)
    return turned === undefined ? app.fetch(request) : problem(turned)
  }
}

const OURS = /^\/tasks(?:\/|$)|^\/products\/[^/]+\/(?:public-key\.pem|rotate-key)$/

function isLoopback(text: string): boolean {
  const url = URL.parse(text)
  return url?.protocol === 'http:' && /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname)
}
