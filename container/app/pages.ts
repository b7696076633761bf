/** The pages: the catalogue, one skill, what was used, and the plan. Pure. */
import { html } from 'hono/html'
import type { Answer } from './answer.ts'
import { type Html, page } from './layout.ts'
import { allows, type Feature, FEATURES, type Plan } from './plan.ts'
import { CATEGORIES, type Skill, SKILLS, skillOf } from './skills.ts'
import type { Tally } from './tally.ts'

const countText = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`

/** What was found, listed under the search that found it. */
export function cataloguePage(query: string, category: string, found: readonly Skill[]): Answer {
  const asked = query.trim() !== '' || category !== ''
  const title = asked ? `${countText(found.length, 'skill')} found` : 'Skills for people and tools'
  return page(
    { title, path: '/' },
    html`<h1>${title}</h1>
      ${asked ? '' : html`<p class="lead">${SKILLS.length} ways of working, written down so that anybody can follow them.</p>`}
      <form role="search" method="get" action="/">
        <div>
          <label for="q">Words</label>
          <input id="q" name="q" type="search" value="${query}" maxlength="200" />
        </div>
        <div>
          <label for="category">Category</label>
          <select id="category" name="category">
            <option value="">Any</option>
            ${CATEGORIES.map(
              (name) => html`<option ${name === category ? html` selected` : ''}>${name}</option>`,
            )}
          </select>
        </div>
        <button>Search</button>
      </form>
      ${
        found.length === 0
          ? html`<p>No skill has all of these words. Try fewer, or <a href="/">see every skill</a>.</p>`
          : html`<ul class="cards">
              ${found.map(card)}
            </ul>`
      }`,
  )
}

const card = ({ id, name, category, summary }: Skill): Html =>
  html`<li class="card">
    <h2><a href="/skills/${id}">${name}</a></h2>
    <p class="soft small">${category}</p>
    <p>${summary}</p>
  </li>`

export const skillPage = ({ id, name, category, version, summary, tags, steps, example }: Skill): Answer =>
  page(
    { title: name, path: `/skills/${id}` },
    html`<h1>${name}</h1>
      <p class="lead">${summary}</p>
      <p class="soft">${category}, version ${version}</p>
      <ul class="tags" aria-label="Tags">
        ${tags.map((tag) => html`<li>${tag}</li>`)}
      </ul>
      <h2>Steps</h2>
      <ol>
        ${steps.map((step) => html`<li>${step}</li>`)}
      </ol>
      <h2>To begin, say</h2>
      <blockquote>${example}</blockquote>
      <p><a href="/">Every skill</a></p>`,
  )

/** What the plan has, and what it does not: the page that a refusal points to. */
export const planPage = (plan: Plan): Answer =>
  page(
    { title: 'Your plan', path: '/plan' },
    html`<h1>Your plan: ${plan.name}</h1>
      ${plan.entitled ? '' : ENDED}
      <p class="lead">${plan.sentence}</p>
      ${featureList('In your plan', plan.included)} ${featureList('Not in your plan', plan.missing)}
      ${plan.missing.length === 0 ? '' : html`<p>To add what is missing, change your plan on AWS Marketplace.</p>`}`,
  )

const ENDED = html`<div class="notice" role="status">
  <p>Your entitlement has ended. Renew it on AWS Marketplace; nothing has to be started again.</p>
</div>`

const featureList = (title: string, features: readonly Feature[]): Html | '' =>
  features.length === 0
    ? ''
    : html`<h2>${title}</h2>
        <ul>
          ${features.map((one) => html`<li><strong>${FEATURES[one].title}.</strong> ${FEATURES[one].gives}</li>`)}
        </ul>`

/** What was used since this task started, as far as the plan shows it. */
export function analyticsPage(plan: Plan, tally: Tally): Answer {
  if (!allows(plan, 'basic_analytics')) return missingPage('basic_analytics')
  const opened = tally.mostOpened().map(([id, times]) => [skillOf(id)?.name ?? id, times] as const)
  return page(
    { title: 'Analytics', path: '/analytics' },
    html`<h1>Analytics</h1>
      <p class="lead">Counted since this task started.</p>
      ${table('Skills opened most', 'Skill', opened.slice(0, 10))}
      ${allows(plan, 'advanced_analytics') ? advanced(tally) : notice('advanced_analytics')}`,
  )
}

const advanced = (tally: Tally): Html => {
  const categories = new Map<string, number>()
  for (const [id, times] of tally.mostOpened()) {
    const category = skillOf(id)?.category ?? id
    categories.set(category, (categories.get(category) ?? 0) + times)
  }
  return html`${table('Opened by category', 'Category', [...categories])}
    ${table('Searches that found nothing', 'Words', tally.foundNothing().slice(0, 20))}
    <p>
      The same as JSON: <a href="/api/analytics"><code>/api/analytics</code></a
      >.
    </p>`
}

const table = (title: string, what: string, rows: readonly (readonly [string, number])[]): Html =>
  rows.length === 0
    ? html`<h2>${title}</h2>
        <p class="soft">Nothing yet.</p>`
    : html`<h2>${title}</h2>
        <div class="scroll" role="region" aria-label="${title}" tabindex="0">
          <table>
            <thead>
              <tr>
                <th scope="col">${what}</th>
                <th scope="col" class="n">Times</th>
              </tr>
            </thead>
            <tbody>
              ${rows.map(
                ([name, times]) =>
                  html`<tr>
                    <th scope="row">${name}</th>
                    <td class="n">${times}</td>
                  </tr>`,
              )}
            </tbody>
          </table>
        </div>`

const notice = (feature: Feature): Html =>
  html`<div class="notice">
    <p>
      <strong>${FEATURES[feature].title} is not in your plan.</strong> ${FEATURES[feature].gives}
      <a href="/plan">See your plan</a>.
    </p>
  </div>`

/** 403: what was asked for is another plan's. */
export const missingPage = (feature: Feature): Answer =>
  page(
    { title: 'Not in your plan', path: '', status: 403 },
    html`<h1>Not in your plan</h1>
      ${notice(feature)}`,
  )

export const notFoundPage = (): Answer =>
  page(
    { title: 'Not found', path: '', status: 404 },
    html`<h1>There is nothing here</h1>
      <p>The address may be mistyped. <a href="/">See every skill</a>.</p>`,
  )
