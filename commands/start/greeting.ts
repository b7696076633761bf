/** What `npm start` says when everything is ready: one screen, and nothing else. No I/O. */
import type { Example } from './example.ts'
import type { StartSettings } from './settings.ts'

/** `folder`: the state folder as the person would type it. The command can be pasted as it is, also a second time. */
export function greeting(at: StartSettings, folder: string, apiKey: string, example: Example): string {
  const storefront = `http://127.0.0.1:${at.storefrontPort}`
  const landing = `http://localhost:${at.landingPort}`
  const { account, product, title, meter, container } = example
  const more =
    container === null
      ? ''
      : `\n4. Subscribe to "${container}"\n   and press "Run a task": it runs here, and reports its own usage.`

  return `
Tollgate is running.

  Storefront     ${storefront}    AWS Marketplace, simulated
  Landing page   ${landing}    where AWS sends a buyer; also the API, described at /docs
  API key        ${apiKey}

1. In the storefront subscribe with account ${account} to
   "${title}",
   and register on the page you are sent to.
2. Report usage as your application would, at the simulator's time:

   curl ${landing}/v1/usage -H 'Authorization: Bearer ${apiKey}' \\
     -H 'Content-Type: application/json' -d '{"id":"demo-'$(date +%s)'",
     "time":"'$(curl -s ${storefront}/clock | cut -d'"' -f4)'",
     "account":"${account}","product":"${product}","meter":"${meter}","quantity":12500}'

3. In the storefront press "Close this hour": the hour is sent, and AWS's bill appears.${more}

State is kept in ${folder}; \`npm start -- --fresh\` forgets it. Ctrl-C ends everything.`
}
