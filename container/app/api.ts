/** The JSON API: search, one skill, analytics. A call is counted when it was answered with what it asked for. Pure. */
import type { Answer } from './answer.ts'
import { allows, FEATURES, type Plan } from './plan.ts'
import { findSkills, type Skill, SKILLS, skillOf } from './skills.ts'
import type { Tally } from './tally.ts'

/** Skills in one answer, at most. */
const PAGE_MAX = 100

/** `path` begins with `/api/`. */
export function answerApi(path: string, query: URLSearchParams, plan: Plan, tally: Tally): Answer {
  if (path === '/api/skills') return search(query, tally)
  if (path === '/api/analytics') return analytics(plan, tally)
  const skill = path.startsWith('/api/skills/') ? skillOf(path.slice('/api/skills/'.length)) : undefined
  if (skill === undefined)
    return problem(
      404,
      'Not found',
      'There is no such skill or address. GET /api/skills lists what there is.',
    )
  tally.opened(skill.id)
  return json(200, { ...skill, url: urlOf(skill) })
}

function search(query: URLSearchParams, tally: Tally): Answer {
  const words = (query.get('q') ?? '').slice(0, 200)
  const limit = query.get('limit') ?? String(PAGE_MAX)
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > PAGE_MAX)
    return problem(
      400,
      'Bad limit',
      `limit is a whole number from 1 to ${PAGE_MAX}. Correct it and send it again.`,
    )
  const found = findSkills(words, query.get('category') ?? '')
  tally.searched(words, found.length)
  const skills = found.slice(0, Number(limit)).map((skill) => {
    const { steps: _steps, example: _example, ...short } = skill
    return { ...short, url: urlOf(skill) }
  })
  return json(200, { total: found.length, skills })
}

function analytics(plan: Plan, tally: Tally): Answer {
  if (!allows(plan, 'advanced_analytics')) {
    const { title } = FEATURES.advanced_analytics
    return problem(
      403,
      'Not in your plan',
      `${title} is not in your plan. Change it on AWS Marketplace; /plan shows it.`,
    )
  }
  return json(200, {
    skills: SKILLS.length,
    opened: Object.fromEntries(tally.mostOpened()),
    foundNothing: Object.fromEntries(tally.foundNothing()),
  })
}

const urlOf = ({ id }: Skill): string => `/skills/${id}`

export const json = (status: number, body: object): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: `${JSON.stringify(body)}\n`,
})

/** RFC 9457. */
export const problem = (status: number, title: string, detail: string): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: `${JSON.stringify({ title, status, detail })}\n`,
})
