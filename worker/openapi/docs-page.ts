/** The API's description as a page people read: the same document, in the house's layout, without a script. Pure. */
import { html } from 'hono/html'
import type { Html, Page } from '../landing/layout.ts'
import type { Schema } from './schema.ts'

/** What this page has beside the house's style. */
export const DOCS_STYLE = `header,main,footer{max-inline-size:60rem}
code{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
ul{margin:0 0 .75rem;padding-inline-start:1.125rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;padding:0;list-style:none}
details{border-block-start:1px solid var(--line);padding-block:.625rem}
summary{cursor:pointer}summary code{font-weight:650}summary+*{margin-block-start:.75rem}
`

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>
  readonly description?: string
}

interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly security: readonly object[]
  readonly parameters?: readonly (Parameter & { readonly schema: Schema })[]
  readonly requestBody?: Content
  readonly responses: Readonly<Record<string, Content>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
}

type Methods = Readonly<Record<string, Operation>>

/** The parts of a document that `openApi` makes. */
interface Described {
  readonly info: { readonly title: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Methods>>
  readonly webhooks: Readonly<Record<string, Methods>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly securitySchemes: Readonly<Record<string, { readonly description: string }>>
  }
}

/** The page of a document that `openApi` made: its shape is known. */
export function docsPage(document: Schema): Page {
  const { info, tags, paths, webhooks, components } = document as Schema & Described
  const named = [
    ...Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, of]) => ({ name: `${method.toUpperCase()} ${path}`, of })),
    ),
    ...Object.entries(webhooks).flatMap(([name, methods]) =>
      Object.values(methods).map((of) => ({ name, of })),
    ),
  ]
  return {
    status: 200,
    title: 'API',
    body: html`<div class="card">
        <h1>${info.title}: the API</h1>
        <p>${prose(info.description)}</p>
        <p>
          The same for programs (OpenAPI 3.1): <a href="/openapi.json"><code>/openapi.json</code></a>
        </p>
        <h2>Keys</h2>
        <ul>
          ${Object.entries(components.securitySchemes).map(
            ([name, { description }]) => html`<li><code>${name}</code>: ${prose(description)}</li>`,
          )}
        </ul>
        <nav aria-label="Parts of the API">
          <ul>
            ${tags.map(({ name }) => html`<li><a href="#${anchor(name)}">${name}</a></li>`)}
            <li><a href="#objects">Objects</a></li>
          </ul>
        </nav>
      </div>
      ${tags.map(
        (tag) =>
          html`<section class="card" aria-labelledby="${anchor(tag.name)}">
            <h2 id="${anchor(tag.name)}">${tag.name}</h2>
            <p>${tag.description}</p>
            ${named.filter(({ of }) => of.tags.includes(tag.name)).map(({ name, of }) => operation(name, of))}
          </section>`,
      )}
      <section class="card" aria-labelledby="objects">
        <h2 id="objects">Objects</h2>
        ${Object.entries(components.schemas).map(
          ([name, schema]) =>
            html`<details id="${name}">
              <summary><code>${name}</code></summary>
              ${members(schema)}
            </details>`,
        )}
      </section>`,
  }
}

const anchor = (name: string): string => name.toLowerCase().replaceAll(' ', '-')

/** Text in which `…` is code. */
const prose = (text: string): readonly Html[] =>
  text.split('`').map((part, at) => (at % 2 === 0 ? html`${part}` : html`<code>${part}</code>`))

/** What there is to say of a member, behind what it is. */
const said = (description = ''): Html | '' => (description === '' ? '' : html` – ${prose(description)}`)

function operation(name: string, of: Operation): Html {
  const { parameters = [], requestBody } = of
  const keys = of.security.flatMap((one) => Object.keys(one))
  return html`<details id="${of.operationId}">
    <summary><code>${name}</code> ${prose(of.summary)}</summary>
    ${of.description === undefined ? '' : html`<p>${prose(of.description)}</p>`}
    ${keys.length === 0 ? '' : html`<p>Key: <code>${keys.join(', ')}</code></p>`}
    ${
      parameters.length === 0
        ? ''
        : html`<h3>Parameters</h3>
            <ul>
              ${parameters.map(
                (one) =>
                  html`<li>
                    <code>${one.name}</code> (${one.in}${one.required ? '' : ', optional'}):
                    ${typeOf(one.schema)}${said(one.description)}
                  </li>`,
              )}
            </ul>`
    }
    ${
      requestBody === undefined
        ? ''
        : html`<h3>Body</h3>
            ${contentOf(requestBody)}`
    }
    <h3>Answers</h3>
    <ul>
      ${Object.entries(of.responses)
        .filter(([status]) => status !== 'default')
        .map(
          ([status, one]) =>
            html`<li>
              <code>${status}</code> ${prose(one.description ?? '')}
              ${Number(status) < 300 ? contentOf(one) : ''}
            </li>`,
        )}
    </ul>
  </details>`
}

const contentOf = ({ content = {} }: Content): readonly Html[] =>
  Object.entries(content).map(
    ([type, { schema }]) => html`<div><code>${type}</code>: ${members(schema)}</div>`,
  )

const choices = (schema: Schema): readonly Schema[] | undefined =>
  (schema['anyOf'] ?? schema['allOf']) as readonly Schema[] | undefined

/** A schema and, below it, what it is made of. */
function members(schema: Schema): Html {
  const items = schema['items'] as Schema | undefined
  const properties = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>)
  const { required = [], description = '' } = schema as { required?: readonly string[]; description?: string }
  return html`${typeOf(schema)}${said(description)}
  ${
    properties.length === 0
      ? ''
      : html`<ul>
          ${properties.map(
            ([name, one]) =>
              html`<li>
                <code>${name}</code>${required.includes(name) ? '' : ' (optional)'}: ${members(one)}
              </li>`,
          )}
        </ul>`
  }
  ${items === undefined || items['$ref'] !== undefined ? '' : members(items)}
  ${choices(schema)?.map((one) => (one['properties'] === undefined ? '' : members(one))) ?? ''}`
}

/** What a value is, in a few words. */
function typeOf(schema: Schema): Html {
  const {
    $ref,
    type,
    items,
    enum: values,
  } = schema as {
    $ref?: string
    type?: string | readonly string[]
    items?: Schema
    enum?: readonly (string | null)[]
  }
  if ($ref !== undefined) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1)
    return html`<a href="#${name}">${name}</a>`
  }
  if (values !== undefined)
    return html`${values.map((value, at) => html`${at === 0 ? '' : ' | '}<code>${String(value)}</code>`)}`
  if ('const' in schema) return html`<code>${String(schema['const'])}</code>`
  if (items !== undefined) return html`list of ${typeOf(items)}`
  const either = choices(schema)
  if (either !== undefined)
    return html`${either.map((one, at) => html`${at === 0 ? '' : 'anyOf' in schema ? ' or ' : ' and '}${typeOf(one)}`)}`
  return html`${[type ?? 'object'].flat().join(' or ')}`
}
