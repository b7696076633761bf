/** The style of the buyer's pages: one sheet, in the page, allowed by its hash. No font, no image, nothing fetched. Pure. */
import { lighten } from './colour.ts'

/** The sheet for one accent colour (`#rrggbb`, readable on white). Logical properties only: it turns with the script. */
export const pageStyle = (accent: string): string => `
:root{color-scheme:light dark;--accent:${accent};--link:${accent};--ink:#1b1f27;--soft:#545b69;--line:#d9dde5;
--ground:#f4f5f8;--card:#fff;--bad:#a4161a;--tint:#f0f3fa}
@media (prefers-color-scheme:dark){:root{--link:${lighten(accent, 0.62)};--ink:#eceef3;--soft:#b3bac7;--line:#3a414e;
--ground:#12151b;--card:#1b2029;--bad:#ffb3ae;--tint:#242b37}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
min-height:100vh;display:flex;flex-direction:column;overflow-wrap:break-word}
header,main,footer{inline-size:100%;max-inline-size:44rem;margin-inline:auto;padding-inline:1.25rem}
header{padding-block:1.75rem 1rem}
.dry{padding:.5rem 1rem;border-radius:.5rem;font-weight:650;color:#1b1f27;background:#ffd666}
.brand{font-weight:700;font-size:1.125rem;letter-spacing:-.01em;margin:0;display:flex;align-items:center;gap:.625rem}
.brand::before{content:"";inline-size:.75rem;block-size:1.25rem;border-radius:.25rem;background:var(--link)}
main{flex:1}
.card{background:var(--card);border:1px solid var(--line);border-radius:.875rem;padding:clamp(1.25rem,4vw,2.25rem);
margin-block-end:1.25rem}
h1{font-size:clamp(1.4rem,4vw,1.75rem);line-height:1.25;letter-spacing:-.02em;margin:0 0 .75rem;text-wrap:balance}
h2{font-size:1.0625rem;margin:0 0 .75rem}
p{margin:0 0 1rem}
.soft{color:var(--soft)}
a{color:var(--link)}
dl{display:grid;grid-template-columns:minmax(7rem,auto) 1fr;gap:.375rem 1.25rem;margin:0 0 1.5rem;padding:1rem 1.125rem;
background:var(--tint);border-radius:.625rem}
dt{color:var(--soft)}dd{margin:0;font-weight:600;min-inline-size:0}
form{margin-block-end:1rem}
label{display:block;font-weight:600;margin-block-end:.25rem}
.field{margin-block-end:1.25rem}
.optional{font-weight:400;color:var(--soft)}
input,select,textarea{inline-size:100%;font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:.5rem;
padding:.625rem .75rem}
[aria-invalid]{border-color:var(--bad);border-width:2px}
.wrong{color:var(--bad);font-weight:600;margin:.25rem 0 0}
.summary{border:2px solid var(--bad);border-radius:.625rem;padding:1rem 1.125rem;margin-block-end:1.5rem}
.summary p{margin:0}
.summary ul{margin:.5rem 0 0;padding-inline-start:1.25rem}
.button{display:inline-block;font:inherit;font-weight:650;color:#fff;background:var(--accent);border:1px solid transparent;
border-radius:.5rem;padding:.6875rem 1.375rem;cursor:pointer;text-decoration:none}
:focus-visible{outline:3px solid var(--link);outline-offset:3px}
.state{display:inline-flex;align-items:center;gap:.5rem;font-weight:650;margin-block-end:.75rem;padding:.125rem .75rem;
border:1px solid var(--line);border-radius:2rem;background:var(--tint)}
.state::before{content:"";inline-size:.625rem;block-size:.625rem;border-radius:50%;border:2px solid var(--link)}
.active::before{background:var(--link)}
.ended::before,.ending::before{border-color:var(--soft)}
h3{font-size:1rem;margin:0 0 .5rem}
dd .soft{font-weight:400}
.card>:last-child{margin-block-end:0}
ul{margin:0 0 1rem;padding-inline-start:1.25rem}
figure{margin:0 0 1.5rem}
svg{display:block;inline-size:100%;block-size:4.5rem;fill:var(--link);stroke:none}svg path{stroke:var(--soft);stroke-width:1}
figcaption{display:flex;justify-content:space-between;gap:1rem;color:var(--soft);font-size:.875rem}figcaption>:not(:nth-child(2)){white-space:nowrap}
form+h3{margin-block-start:1.75rem}
summary{cursor:pointer;color:var(--link);font-size:.9375rem;padding-block:.375rem}
table{border-collapse:collapse}th,td{text-align:start;font-weight:400;padding:.125rem 1.5rem .125rem 0}td{font-variant-numeric:tabular-nums}
thead th{color:var(--soft)}
.received{list-style:none;padding:0}.words{white-space:pre-wrap}
footer{padding-block:.5rem 2rem;color:var(--soft);font-size:.9375rem}
footer p{margin:0 0 .25rem}
@media (max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-block-end:.5rem}.button{inline-size:100%;text-align:center}}
@media print{body{background:#fff;color:#000}.card{border:0;padding:0}.button{display:none}}
@media (forced-colors:active){.state::before,.brand::before{forced-color-adjust:none}}
`
