/** `npm run doctor`: its command line and environment, read once; then the examination, and what it found. */
import { resolveCname } from 'node:dns/promises'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fetchOutputs } from '../deploy/read-outputs.ts'
import { printable } from '../ledger/printable.ts'
import { readSeller } from '../start/seller.ts'
import { exitOf, type ExitCode } from './check.ts'
import { examine } from './examine.ts'
import { openAws } from './facts/aws.ts'
import { HELP, readGiven } from './given.ts'
import { jsonOf, linesOf } from './report.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const CLOUDFLARE = 'https://api.cloudflare.com/client/v4'

// Someone who reads the first lines only, as `head` does, is no failure.
process.stdout.on('error', () => process.exit())
process.exitCode = await run(process.argv.slice(2), process.env)

async function run(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<ExitCode> {
  const given = readGiven(args)
  if (!given.ok) {
    console.error(printable(`doctor: ${given.error}`))
    if (args.includes('--json')) console.log(JSON.stringify({ error: given.error, exit: 2 }))
    return 2
  }
  if (given.value === 'help') {
    console.log(HELP)
    return 0
  }
  const { stack, outputs, json } = given.value
  const checks = await examine({
    stack,
    seller: await readSeller(),
    outputs: fetchOutputs(ROOT, stack, outputs, environment),
    aws: openAws(),
    cloudflare: {
      base: (set(environment['CLOUDFLARE_API_BASE_URL']) ?? CLOUDFLARE).replace(/\/+$/, ''),
      token: set(environment['CLOUDFLARE_API_TOKEN']),
      account: set(environment['CLOUDFLARE_ACCOUNT_ID']),
    },
    operatorKey: set(environment['TOLLGATE_OPERATOR_KEY']),
    migrations: readdirSync(join(ROOT, 'worker', 'db', 'migrations'))
      .filter((name) => name.endsWith('.sql'))
      .sort(),
    resolveName: resolveCname,
    now: Date.now,
    pause: sleep,
  })
  if (json) console.log(printable(jsonOf(stack, checks)))
  else for (const line of linesOf(checks)) console.log(printable(line))
  return exitOf(checks)
}

/** An empty variable is none. */
function set(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
