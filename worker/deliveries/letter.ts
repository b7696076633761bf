/** A letter as plain text and as HTML, from the same words. Everything in it is escaped; nothing is fetched. Pure. */
import { html, raw } from 'hono/html'
import type { Metering } from '../../shared/stack.ts'
import { DRY_NOTE } from '../dry.ts'

export interface Letter {
  readonly brand: string
  readonly subject: string
  readonly greeting: string
  readonly paragraphs: readonly string[]
  readonly facts: readonly (readonly [label: string, value: string])[]
  readonly action: { readonly label: string; readonly url: string } | null
  readonly closing: string
}

/** A letter as it is sent. */
export interface Rendered {
  /** One line of at most 150 characters. */
  readonly subject: string
  readonly text: string
  readonly html: string
}

const SUBJECT_MAX = 150

/** Renders a letter in the seller's accent colour, `#rrggbb`. A dry Worker's begins with that. */
export async function render(words: Letter, accent: string, metering: Metering): Promise<Rendered> {
  const letter = metering === 'dry' ? { ...words, paragraphs: [DRY_NOTE, ...words.paragraphs] } : words
  return {
    subject: oneLine(letter.subject).slice(0, SUBJECT_MAX).toWellFormed(),
    text: plain(letter),
    html: String(await page(letter, accent)),
  }
}

/** Whatever ends a line, or turns its direction, is a space: a subject stays one line in every program. */
const oneLine = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim()

function plain({ greeting, paragraphs, facts, action, closing, brand }: Letter): string {
  const parts = [
    greeting,
    ...paragraphs,
    facts.map(([label, value]) => `${label}: ${value}`).join('\n'),
    action === null ? '' : `${action.label}: ${action.url}`,
    closing,
    brand,
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** Mail programs know little CSS: one column, styles beside their elements. */
const page = (letter: Letter, accent: string) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${oneLine(letter.subject)}</title>
      </head>
      <body style="margin:0;padding:24px;font:16px/1.6 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
        <div style="max-width:36rem;margin:0 auto">
          <p dir="auto" style="font-weight:700;font-size:18px">${letter.brand}</p>
          <p dir="auto">${letter.greeting}</p>
          ${letter.paragraphs.map((text) => html`<p dir="auto">${text}</p>`)}
          ${
            letter.facts.length === 0
              ? ''
              : html`<table role="presentation" style="border-collapse:collapse;margin:16px 0">
                  ${letter.facts.map(
                    ([label, value]) =>
                      html`<tr>
                        <td style="padding:2px 16px 2px 0;opacity:.75">${label}</td>
                        <td dir="auto" style="padding:2px 0;font-weight:600">${value}</td>
                      </tr>`,
                  )}
                </table>`
          }
          ${
            letter.action === null
              ? ''
              : html`<p style="margin:24px 0">
                  <a href="${letter.action.url}" style="${raw(buttonStyle(accent))}"
                    >${letter.action.label}</a
                  >
                </p>`
          }
          <p dir="auto" style="font-size:14px;opacity:.75">${letter.closing}</p>
        </div>
      </body>
    </html>`

const buttonStyle = (accent: string): string =>
  `display:inline-block;padding:11px 22px;border-radius:8px;background:${/^#[0-9a-f]{6}$/i.test(accent) ? accent : '#1b1f27'};color:#fff;font-weight:650;text-decoration:none`
