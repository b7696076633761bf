/** The form by which a buyer writes to the seller, what may stand in it, and what he wrote before. Pure; all is escaped. */
import { html } from 'hono/html'
import { err, ok, type Result } from '../../shared/result.ts'
import type { EdgeView } from '../../shared/seller/views.ts'
import type { Feedback } from '../db/feedback.ts'
import type { Html } from './layout.ts'
import { dateText } from './status-words.ts'

export const MESSAGE_MAX = 2_000

const KINDS = {
  question: 'A question',
  problem: 'Something does not work',
  idea: 'Something is missing',
  praise: 'Something is good',
} as const satisfies Readonly<Record<Feedback['kind'], string>>

/** What was typed, and what is wrong with it; `tooMany`: nothing, but enough has come for now. */
export interface FeedbackProblem {
  readonly kind: string
  readonly score: string
  readonly message: string
  readonly wrong: string
  readonly tooMany?: true
}

export interface FeedbackView {
  readonly csrf: string
  /** The last that came, newest first. */
  readonly sent: readonly (Feedback & { readonly createdMs: number })[]
  readonly problem: FeedbackProblem | null
}

/** Reads the form: one kind, a score or none, and words. */
export function readFeedback(posted: URLSearchParams): Result<Feedback, FeedbackProblem> {
  const kind = posted.get('kind') ?? ''
  const score = posted.get('score') ?? ''
  // A browser counts a line's end as one character and sends two.
  const message = (posted.get('message') ?? '').replaceAll('\r\n', '\n').trim()
  const wrong = (sentence: string) => err({ kind, score, message, wrong: sentence })
  if (!isKind(kind)) return wrong('Choose what it is about.')
  if (!/^(|\d|10)$/.test(score)) return wrong('Choose a number from 0 to 10, or none.')
  if (message === '') return wrong('Write a sentence or two.')
  if (message.length > MESSAGE_MAX) return wrong(`Use at most ${MESSAGE_MAX} characters.`)
  if (!message.isWellFormed() || /[^\P{Cc}\n\t]/u.test(message)) return wrong('Use ordinary characters.')
  return ok({ kind, score: score === '' ? null : Number(score), message })
}

const isKind = (text: string): text is Feedback['kind'] => Object.hasOwn(KINDS, text)

/** The card at the end of the status page. */
export function feedbackCard({ csrf, sent, problem }: FeedbackView, seller: EdgeView): Html {
  const name = seller.branding.name
  const option = (value: string, label: string, chosen: string): Html =>
    html`<option value="${value}" ${value === chosen ? html`selected` : ''}>${label}</option>`
  return html`<section class="card" id="feedback" aria-labelledby="feedback-title">
    <h2 id="feedback-title">Write to us</h2>
    ${
      problem === null
        ? ''
        : html`<div class="summary" role="alert">
            <p><strong>Nothing was sent.</strong> ${problem.wrong}</p>
          </div>`
    }
    <p>
      A person at <bdi>${seller.seller.name}</bdi> reads it. If you need an answer soon, write to
      <a href="mailto:${seller.seller.support}">${seller.seller.support}</a>.
    </p>
    <form method="post" action="/feedback" novalidate>
      <input type="hidden" name="_csrf" value="${csrf}" />
      <div class="field">
        <label for="kind">What is it about?</label>
        <select id="kind" name="kind">
          ${Object.entries(KINDS).map(([value, label]) => option(value, label, problem?.kind ?? ''))}
        </select>
      </div>
      <div class="field">
        <label for="message">Your words</label>
        <textarea
          id="message"
          name="message"
          rows="4"
          maxlength="${MESSAGE_MAX}"
          required
          ${problem === null || problem.tooMany ? '' : html`aria-invalid="true"`}
        >
${(problem?.message ?? '').slice(0, MESSAGE_MAX)}</textarea>
      </div>
      <div class="field">
        <label for="score"
          >How likely are you to recommend <bdi>${name}</bdi>? <span class="optional">(optional)</span></label
        >
        <select id="score" name="score">
          ${option('', 'Rather not say', problem?.score ?? '')}
          ${Array.from({ length: 11 }, (_, at) =>
            option(
              String(at),
              `${at}${at === 0 ? ' – not at all' : at === 10 ? ' – very' : ''}`,
              problem?.score ?? '',
            ),
          )}
        </select>
      </div>
      <button class="button" type="submit">Send</button>
    </form>
    ${sent.length === 0 ? '' : sentList(sent)}
  </section>`
}

const sentList = (sent: FeedbackView['sent']): Html =>
  html`<h3 id="received">What we have received from you</h3>
    <ul class="received">
      ${sent.map(
        ({ kind, score, message, createdMs }) =>
          html`<li>
            <p class="soft">
              ${dateText(createdMs)} · ${KINDS[kind]}${score === null ? '' : html` · ${String(score)} of 10`}
            </p>
            <p class="words"><bdi>${message}</bdi></p>
          </li>`,
      )}
    </ul>`
