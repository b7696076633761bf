/** One request in, one answer out: routes, and what of it is counted. No I/O, no clock; server.ts brings the sockets. */
import { answerApi, json, problem } from './api.ts'
import { analyticsPage, cataloguePage, notFoundPage, planPage, skillPage } from './pages.ts'
import { type Known, planOf } from './plan.ts'
import { findSkills, skillOf } from './skills.ts'
import type { Tally } from './tally.ts'
import type { Usage } from './usage.ts'
import { cookieOf, visitorOf } from './visitor.ts'

export interface Asked {
  readonly method: string
  /** Path and query, as they came. */
  readonly target: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What the service stands on. */
export interface Service {
  readonly usage: Usage
  readonly tally: Tally
  /** Asked at each request, for a contract may change under a running service. */
  readonly entitlements: () => Known
  /** A name that nobody can guess, for a browser that has none. */
  readonly newVisitor: () => string
}

export function answer(service: Service, { method, target, headers }: Asked): Answer {
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  // Asked by the platform, many times a minute: nobody pays for it.
  if (path === '/health') return json(200, { status: 'ok' })

  const isApi = path.startsWith('/api/')
  if (method !== 'GET' && method !== 'HEAD') {
    const refused = problem(405, 'Method not allowed', 'The catalogue is read only. Send GET.')
    return { ...refused, headers: { ...refused.headers, allow: 'GET, HEAD' } }
  }
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark))
  const visitor = visitorOf(headers)
  if (visitor !== undefined) service.usage.user(visitor)

  if (isApi) {
    const answered = answerApi(path, query, planOf(service.entitlements()), service.tally)
    if (answered.status < 400) service.usage.apiCall()
    return answered
  }
  const page = answerPage(service, path, query)
  if (visitor !== undefined || page.status !== 200) return page
  return { ...page, headers: { ...page.headers, 'set-cookie': cookieOf(service.newVisitor()) } }
}

function answerPage({ tally, entitlements }: Service, path: string, query: URLSearchParams): Answer {
  switch (path) {
    case '/':
      return catalogue(query, tally)
    case '/plan':
      return planPage(planOf(entitlements()))
    case '/analytics':
      return analyticsPage(planOf(entitlements()), tally)
    default: {
      const skill = path.startsWith('/skills/') ? skillOf(path.slice('/skills/'.length)) : undefined
      if (skill === undefined) return notFoundPage()
      tally.opened(skill.id)
      return skillPage(skill)
    }
  }
}

function catalogue(query: URLSearchParams, tally: Tally): Answer {
  const words = (query.get('q') ?? '').slice(0, 200)
  const category = query.get('category') ?? ''
  const found = findSkills(words, category)
  tally.searched(words, found.length)
  return cataloguePage(words, category, found)
}
