/** The storefront's forms about tasks: run, stop, restart, look again. Each ends at the tasks of the product's page. */
import type { Context, Hono } from 'hono'
import type { Result } from '../../shared/result.ts'
import type { Front } from '../front.ts'
import type { Refusal } from '../marketplace/commands.ts'
import type { Pages } from './later-routes.ts'
import { LAUNCHES } from './tasks.ts'

export function taskForms(app: Hono, { marketplace }: Front, pages: Pages): void {
  const { notices, missing, problem, sentBy } = pages
  const back = (c: Context, done: Result<unknown, Refusal>) => {
    const path = `/products/${c.req.param('key')}`
    return c.redirect(done.ok ? `${path}#tasks` : notices.pass(path, problem(done.error.message)), 303)
  }

  app.post('/products/:key/tasks', async (c) => {
    const sent = await sentBy(c)
    const launch = LAUNCHES.find(([value]) => value === sent.get('launch'))?.[0]
    if (launch === undefined) return missing(c, 'This button does not exist.')
    return back(
      c,
      await marketplace.run({
        kind: 'run_task',
        account: sent.get('account') ?? '',
        launch,
        product: c.req.param('key'),
        region: sent.get('region') ?? 'us-east-1',
      }),
    )
  })
  // A link to the place where the browser already is would load nothing.
  app.post('/products/:key/tasks/look', (c) => c.redirect(`/products/${c.req.param('key')}#tasks`, 303))
  app.post('/products/:key/tasks/:id/stop', async (c) =>
    back(c, await marketplace.run({ kind: 'stop_task', id: c.req.param('id') })),
  )
  app.post('/products/:key/tasks/:id/restart', async (c) =>
    back(c, await marketplace.run({ kind: 'restart_task', id: c.req.param('id') })),
  )
}
