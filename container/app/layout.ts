/** The frame of every page and the headers it travels under. Every value is escaped by `html`. Pure. */
import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Answer } from './answer.ts'

/** A piece of a page, escaped already. */
export type Html = ReturnType<typeof html>

export interface Frame {
  readonly title: string
  /** The page's own path: marks it in the navigation. */
  readonly path: string
  readonly status?: number
}

const PAGES = [
  ['/', 'Skills'],
  ['/analytics', 'Analytics'],
  ['/plan', 'Plan'],
] as const

const STYLE = `
:root{color-scheme:light dark;--accent:#1d4ed8;--on:#fff;--ink:#1b1f27;--soft:#525a68;--line:#d7dbe4;--edge:#7b8494;--ground:#f5f6f9;--card:#fff;--tint:#edf1fb}
@media (prefers-color-scheme:dark){:root{--accent:#9db8ff;--on:#0d1830;--ink:#eceef3;--soft:#b3bac7;--line:#3a414e;--edge:#848d9c;--ground:#12151b;--card:#1b2029;--tint:#232c40}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:break-word}
.bar,main,footer{max-width:64rem;margin:0 auto;padding:0 1.25rem}
header{background:var(--card);border-bottom:1px solid var(--line)}
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 2rem;padding-top:.75rem;padding-bottom:.75rem}
.brand{font-weight:700;font-size:1.125rem;color:inherit;text-decoration:none}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0;padding:0}
nav a{display:inline-block;padding:.3rem 0;color:var(--soft);text-decoration:none;border-bottom:2px solid transparent}
nav a[aria-current]{color:var(--ink);border-color:var(--accent)}
.skip{position:absolute;left:-99rem}.skip:focus{position:static;display:inline-block;padding:.5rem 1rem}
main{padding-top:2rem;padding-bottom:3rem}
h1{font-size:clamp(1.5rem,4vw,2rem);line-height:1.25;letter-spacing:-.02em;margin:0 0 .75rem}
h2{font-size:1.125rem;margin:2rem 0 .5rem}
p{margin:0 0 1rem}a{color:var(--accent)}
.lead,.soft{color:var(--soft)}.lead{font-size:1.0625rem;max-width:44rem}
.small{font-size:.875rem}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
form{display:grid;grid-template-columns:1fr minmax(9rem,14rem) auto;gap:.75rem;align-items:end;margin:0 0 1.5rem}
label{display:block;font-weight:600;margin-bottom:.25rem}
input,select{width:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:.5rem;padding:.5rem .75rem;min-height:2.75rem}
button{font:inherit;font-weight:650;color:var(--on);background:var(--accent);border:1px solid transparent;border-radius:.5rem;padding:.5rem 1.25rem;min-height:2.75rem;cursor:pointer}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr));gap:1rem;list-style:none;margin:0;padding:0}
.card{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1rem 1.15rem}
.card h2{margin:0 0 .35rem;font-size:1.0625rem}.card>:last-child{margin-bottom:0}
.tags{display:flex;flex-wrap:wrap;gap:.35rem;list-style:none;margin:0 0 1rem;padding:0}
.tags li{background:var(--tint);border-radius:2rem;padding:.05rem .65rem;font-size:.8125rem}
.notice{background:var(--tint);border-left:4px solid var(--accent);padding:.85rem 1.1rem;margin:0 0 1.5rem}
.notice>:last-child{margin-bottom:0}
blockquote{margin:0 0 1rem;padding:.75rem 1rem;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
.scroll{overflow-x:auto;background:var(--card);border:1px solid var(--line);border-radius:.75rem;margin:0 0 1rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;padding:.5rem 1rem;border-top:1px solid var(--line);font-weight:400}
thead th{border-top:0;color:var(--soft);font-size:.875rem}
.n{text-align:end;font-variant-numeric:tabular-nums}
code{font:.9em ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
footer{color:var(--soft);font-size:.9375rem;padding-bottom:2.5rem}
@media (max-width:36rem){form{grid-template-columns:1fr}}
`

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A whole page as an answer. */
export const page = ({ title, path, status = 200 }: Frame, body: Html): Answer => ({
  status,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': POLICY,
    'referrer-policy': 'same-origin',
  },
  body: textOf(document(title, path, body)),
})

/** A page is made of what is known: a part that comes later would make all of it a promise. */
function textOf(whole: Html): string {
  if (whole instanceof Promise) throw new Error('a part of a page is still a promise')
  return whole.toString()
}

const document = (title: string, path: string, body: Html): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Skillsmith</title>
        <link rel="icon" href="data:," />
        ${raw(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <div class="bar">
            <a class="brand" href="/">Skillsmith</a>
            <nav aria-label="Pages">
              <ul>
                ${PAGES.map(
                  ([href, name]) =>
                    html`<li>
                      <a href="${href}" ${path === href ? html` aria-current="page"` : ''}>${name}</a>
                    </li>`,
                )}
              </ul>
            </nav>
          </div>
        </header>
        <main id="main">${body}</main>
        <footer>
          <p>
            For programs: <a href="/api/skills"><code>/api/skills?q=…</code></a> and
            <code>/api/skills/&lt;id&gt;</code>. Pages cost nothing; each API call that is answered is
            counted.
          </p>
        </footer>
      </body>
    </html>`
