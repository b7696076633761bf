/** What `npm start` says when everything is ready: one screen, and nothing else. No I/O. */
import type { StartSettings } from './settings.ts'

/** `subscription`: the newest active one of an earlier start, or null. */
export function greeting(
  at: StartSettings,
  folder: string,
  apiKey: string,
  subscription: string | null,
): string {
  const landing = `http://localhost:${at.landingPort}`
  const usage = JSON.stringify({
    subscription: subscription ?? 'sub_…',
    meter: 'api_calls',
    quantity: 12_500,
  })
  const where =
    subscription === null ? 'sub_… stands on the status page you reach in step 1' : 'your newest subscription'

  return `
Tollgate is running.

  Storefront     http://127.0.0.1:${at.storefrontPort}    AWS Marketplace, simulated: subscribe, cancel, move time, see the bill
  Landing page   ${landing}    where AWS sends a buyer, and the usage API
  API key        ${apiKey}

1. Open the storefront, subscribe with one of its accounts, and register on the page you are sent to.
2. Report usage as your application would (${where}):

   curl ${landing}/v1/usage -H 'Authorization: Bearer ${apiKey}' \\
     -H 'Content-Type: application/json' -d '${usage}'

3. Press "Close this hour" in the storefront: the hour is sent, and AWS's bill appears.

State is kept in ${folder}; \`npm start -- --fresh\` forgets it. Ctrl-C ends everything.`
}
