/** The storefront's one stylesheet, and its hash for the Content-Security-Policy. No image, no font, no other host. */
import { createHash } from 'node:crypto'
import { raw } from 'hono/html'

const STYLE = `
:root{color-scheme:light dark;--paper:#f7f6f2;--sheet:#fff;--ink:#1d2422;--soft:#57625e;--line:#dcdad2;--edge:#81897f;
--accent:#0d5f54;--accent-ink:#fff;--tint:#e6f0ec;--warn:#7a4a00;--warn-tint:#fbf0da;--bad:#99261d;--bad-tint:#fbe9e6}
@media (prefers-color-scheme:dark){:root{--paper:#121715;--sheet:#1a211e;--ink:#e8ece9;--soft:#a6b1ab;--line:#313a36;
--edge:#77827c;--accent:#7fd1bd;--accent-ink:#08231d;--tint:#1e3029;--warn:#f0c779;--warn-tint:#33290f;--bad:#ffb0a4;--bad-tint:#3b1d19}}
*{box-sizing:border-box}
html{font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif;background:var(--paper);color:var(--ink)}
body{margin:0;overflow-wrap:break-word}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:1px}
a:hover{text-decoration-thickness:2px}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-99rem}
.skip:focus{position:static;display:inline-block;padding:.5rem 1rem}
.bar,main,footer{max-width:70rem;margin:0 auto;padding:0 1.25rem}
header{background:var(--sheet);border-bottom:1px solid var(--line)}
.bar{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem 2rem;padding-top:.75rem;padding-bottom:.75rem}
.brand{font-weight:650;letter-spacing:-.01em;color:inherit;text-decoration:none}
.brand span{color:var(--soft);font-weight:400}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;margin:0;padding:0}
nav a{display:inline-block;padding:.3rem 0;color:var(--soft);text-decoration:none;border-bottom:2px solid transparent}
nav a:hover{color:var(--ink)}
nav a[aria-current]{color:var(--ink);border-color:var(--accent)}
.clock{background:var(--tint);border-bottom:1px solid var(--line)}
.clock p{margin:0}
.clock time{font-weight:600;font-variant-numeric:tabular-nums}
.clock form,.row{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.clock form{margin-left:auto}
main{padding-top:2rem;padding-bottom:4rem}
footer{color:var(--soft);font-size:.875rem;padding-bottom:3rem}
h1{font-size:clamp(1.6rem,4vw,2.1rem);line-height:1.2;letter-spacing:-.02em;margin:0 0 .75rem;font-weight:650}
h2{font-size:1.25rem;line-height:1.3;letter-spacing:-.01em;margin:2.5rem 0 .75rem;font-weight:620}
h3{font-size:1rem;margin:1.5rem 0 .5rem;font-weight:620}
p,ul,ol,dl{margin:0 0 1rem}
.lead{font-size:1.0625rem;color:var(--soft);max-width:44rem;margin-bottom:1.5rem}
.soft{color:var(--soft)}
.small{font-size:.875rem}
code,.mono{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,19rem),1fr));gap:1.25rem;margin:0;padding:0;list-style:none}
.card{display:flex;flex-direction:column;background:var(--sheet);border:1px solid var(--line);border-radius:10px;padding:1.25rem 1.35rem}
.card h2,.card h3{margin-top:0}
.card>:last-child{margin-bottom:0;margin-top:auto}
.stack>*+*{margin-top:1.25rem}
.facts{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.25rem 1.25rem}
.facts dt{color:var(--soft)}
.facts dd{margin:0;min-width:0}
.prices{list-style:none;padding:0;font-size:.9375rem}
.prices li{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;padding:.4rem 0;border-top:1px solid var(--line)}
.prices li>:last-child{font-variant-numeric:tabular-nums}
.tag{display:inline-block;font-size:.8125rem;line-height:1.4;padding:.1rem .55rem;border-radius:99px;background:var(--tint);color:var(--accent);white-space:nowrap}
.tag.wait{background:var(--warn-tint);color:var(--warn)}
.tag.over{background:var(--bad-tint);color:var(--bad)}
.tag.none{background:none;border:1px solid var(--edge);color:var(--soft)}
button,.button{display:inline-block;font:inherit;font-weight:560;cursor:pointer;min-height:2.5rem;padding:.45rem 1rem;border-radius:7px;
border:1px solid var(--accent);background:var(--accent);color:var(--accent-ink);text-decoration:none;line-height:1.5}
button:hover,.button:hover{filter:brightness(1.1)}
.quiet{background:none;color:var(--accent)}
.bad{background:var(--bad);border-color:var(--bad);color:var(--sheet)}
fieldset{border:1px solid var(--line);border-radius:10px;background:var(--sheet);margin:0 0 1.25rem;padding:.5rem 1.25rem 1.25rem;min-width:0}
legend{font-weight:620;padding:0 .4rem;margin-left:-.4rem}
label{display:block;font-weight:520}
.choice{display:flex;gap:.65rem;align-items:baseline;padding:.3rem 0;font-weight:400}
.choice input{flex:none;accent-color:var(--accent);width:1rem;height:1rem;transform:translateY(.12rem)}
.field{margin-top:.85rem}
.fields{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,12rem),1fr));gap:.25rem 1.25rem;align-items:end}
.fields.long{grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr))}
.hint{color:var(--soft);font-size:.875rem;font-weight:400;margin:.1rem 0 .3rem}
input:not([type=radio],[type=checkbox]),select{font:inherit;width:100%;max-width:24rem;min-height:2.5rem;padding:.4rem .65rem;border:1px solid var(--edge);border-radius:7px;
background:var(--paper);color:var(--ink)}
.notice{border-left:4px solid var(--accent);background:var(--tint);padding:.9rem 1.2rem;border-radius:0 8px 8px 0;margin-bottom:2rem}
.notice.wait{border-color:var(--warn);background:var(--warn-tint)}
.notice.bad-news{border-color:var(--bad);background:var(--bad-tint)}
.notice>:last-child{margin-bottom:0}
.notice h2{margin:0 0 .25rem;font-size:1.0625rem}
.notice ol{padding-left:1.4rem;font-size:.875rem;max-height:18rem;overflow:auto}
.letter{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--sheet);border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem;margin-bottom:1rem}
.card .letter{background:var(--paper)}
.page{width:100%;height:32rem;border:1px solid var(--line);border-radius:10px;background:#fff}
table .wrap{white-space:normal;min-width:10rem}
details{margin-bottom:1rem}
summary{cursor:pointer;color:var(--accent)}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:10px;background:var(--sheet);margin-bottom:1rem}
table{border-collapse:collapse;width:100%;font-size:.9375rem}
caption{text-align:left;padding:.75rem 1rem;color:var(--soft);font-size:.875rem}
th,td{text-align:left;padding:.55rem 1rem;border-top:1px solid var(--line);vertical-align:middle;white-space:nowrap}
thead th{font-size:.8125rem;color:var(--soft);font-weight:560;border-top:0}
tbody th{font-weight:520}
td.wrap{white-space:normal;min-width:12rem}
td small{color:var(--soft);font-size:.8125rem}
.n{text-align:right;font-variant-numeric:tabular-nums}
tfoot td,tfoot th{font-weight:620;border-top:2px solid var(--edge)}
.sums{display:flex;flex-wrap:wrap;gap:1rem 3rem;margin:1.5rem 0}
.sums dt{color:var(--soft);font-size:.875rem}
.sums dd{margin:0;font-size:1.75rem;line-height:1.25;font-weight:620;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.empty{border:1px dashed var(--edge);border-radius:10px;padding:1.5rem;color:var(--soft)}
.cards+p{margin-top:1.5rem}
@media (max-width:54rem){.clock form{margin-left:0}.clock button{padding:.3rem .7rem;font-size:.9rem}}
@media (max-width:40rem){th,td{white-space:normal;padding:.5rem .65rem}.n,.mono,.lines td,.lines th{white-space:nowrap}td button{padding:.3rem .6rem}dd .mono,dd.mono,p .mono,.hint .mono{white-space:normal}.letter.mono{white-space:pre-wrap}.row form{margin:0}.facts{grid-template-columns:1fr;gap:0}.facts dd{margin-bottom:.5rem}main{padding-top:1.5rem}}
@media (max-width:24rem){nav ul{gap:.25rem .9rem}.clock p{font-size:.875rem}.clock form{gap:.4rem}.clock button{padding:.3rem .5rem;font-size:.8125rem}.card th,.card td{padding:.4rem}}
`

/** The whole element: a space more between its tags would be another sheet to the browser, and another hash. */
export const STYLE_TAG = raw(`<style>${STYLE}</style>`)

/** The value a `style-src` directive takes to allow exactly this sheet. */
export const STYLE_HASH = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`
