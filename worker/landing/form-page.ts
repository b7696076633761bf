/** The page with the registration form. Pure; every value is escaped. */
import { html } from 'hono/html'
import type { RegistrationField } from '../../shared/seller.ts'
import type { FormProblem } from './form.ts'
import type { Html, Page } from './layout.ts'

/** What the page shows besides its fields. `account` is AWS's 12 digits; the page shows the last four. */
export interface FormView {
  readonly brand: string
  readonly product: string
  readonly account: string
  readonly csrf: string
  readonly fields: readonly RegistrationField[]
  readonly problem?: FormProblem
}

/** The form, empty or with what was typed and what is wrong with it. */
export function formPage(view: FormView): Page {
  const title = view.problem ? 'Please check what you entered' : 'Set up your account'
  return {
    status: view.problem ? 422 : 200,
    title,
    body: html`<div class="card">
      <h1>${title}</h1>
      <p>Thank you for subscribing. Check that this is your purchase, then tell us how to reach you.</p>
      <dl>
        <dt>Product</dt>
        <dd><bdi>${view.product}</bdi></dd>
        <dt>AWS account</dt>
        <dd>${maskAccount(view.account)}</dd>
      </dl>
      ${view.problem ? summary(view.problem, view.fields) : ''}
      <form method="post" action="/registration" novalidate>
        <input type="hidden" name="_csrf" value="${view.csrf}" />
        ${view.fields.map((field) => fieldRow(field, view.problem))}
        <p class="soft">Not your account? Close this page; nothing is saved until you press the button.</p>
        <button class="button" type="submit">Create my account</button>
      </form>
    </div>`,
  }
}

/** An AWS account with all but its last four digits hidden. */
export const maskAccount = (account: string): Html =>
  html`<span dir="ltr">•••• •••• ${account.slice(-4)}</span>`

const summary = (problem: FormProblem, fields: readonly RegistrationField[]): Html => {
  const wrong = fields.filter((field) => problem.errors.has(field.key))
  return html`<div class="summary" role="alert">
    <p>
      <strong>Nothing was saved yet.</strong>
      ${wrong.length === 1 ? 'One field needs' : `${wrong.length} fields need`} your attention:
    </p>
    <ul>
      ${wrong.map((field) => html`<li><a href="#${field.key}">${field.label}</a>: ${problem.errors.get(field.key)}</li>`)}
    </ul>
  </div>`
}

function fieldRow(field: RegistrationField, problem: FormProblem | undefined): Html {
  const error = problem?.errors.get(field.key)
  const errorId = `${field.key}-error`
  return html`<div class="field">
    <label for="${field.key}"
      >${field.label}${field.required ? '' : html` <span class="optional">(optional)</span>`}</label
    >
    <input
      id="${field.key}"
      name="${field.key}"
      type="${field.type}"
      value="${problem?.values.get(field.key)?.slice(0, SHOWN_MAX) ?? ''}"
      maxlength="${field.type === 'email' ? 254 : 200}"
      ${field.required ? html`required` : ''}
      ${field.autocomplete === undefined ? '' : html`autocomplete="${field.autocomplete}"`}
      ${error === undefined ? '' : html`aria-invalid="true" aria-describedby="${errorId}"`}
    />
    ${error === undefined ? '' : html`<p class="wrong" id="${errorId}">${error}</p>`}
  </div>`
}

/** A wrong value is shown again up to here, so that no answer of ours can be made large. */
const SHOWN_MAX = 300
