/** The flags of `npm start`, read once. No I/O but the arguments and the folder they are relative to. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../../shared/result.ts'

/** What one start is asked to do. Ports are on loopback; `state` is absolute. */
export interface StartSettings {
  readonly help: boolean
  readonly fresh: boolean
  readonly storefrontPort: number
  readonly landingPort: number
  readonly state: string
  /** Where webhooks go in place of the application the simulator plays. */
  readonly webhookUrl: string | undefined
}

export const HELP = `npm start -- [flags]     the whole of Tollgate on this machine

  --fresh                  forget everything first: clears the state folder
  --state DIR              where everything is kept (default .tollgate)
  --storefront-port N      the simulated AWS Marketplace (default 4600)
  --landing-port N         the landing page and the usage API (default 4700)
  --webhook-url URL        your own receiver of webhooks (default: the application the simulator plays)
  --help                   this text

Ctrl-C ends every process it started; what was accepted is kept in the state folder.`

/** Reads the flags; the error is one sentence that names the flag and the remedy. */
export function readSettings(args: readonly string[], root: string): Result<StartSettings, string> {
  const flags = parse(args)
  if (!flags.ok) return flags

  const storefrontPort = port('--storefront-port', flags.value['storefront-port'], 4600)
  if (!storefrontPort.ok) return storefrontPort
  const landingPort = port('--landing-port', flags.value['landing-port'], 4700)
  if (!landingPort.ok) return landingPort
  if (storefrontPort.value === landingPort.value)
    return err('the storefront and the landing page need two ports: give --landing-port another number')

  const webhookUrl = receiver(flags.value['webhook-url'])
  if (!webhookUrl.ok) return webhookUrl

  return ok({
    help: flags.value.help ?? false,
    fresh: flags.value.fresh ?? false,
    storefrontPort: storefrontPort.value,
    landingPort: landingPort.value,
    // A path a person types is relative to the folder they typed it in.
    state: flags.value.state === undefined ? resolve(root, '.tollgate') : resolve(flags.value.state),
    webhookUrl: webhookUrl.value,
  })
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        fresh: { type: 'boolean' },
        state: { type: 'string' },
        'storefront-port': { type: 'string' },
        'landing-port': { type: 'string' },
        'webhook-url': { type: 'string' },
      },
    })
    return ok(values)
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause)
    return err(`${reason}: \`npm start -- --help\` lists the flags`)
  }
}

function port(flag: string, text: string | undefined, otherwise: number): Result<number, string> {
  if (text === undefined) return ok(otherwise)
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return value >= 1 && value <= 65_535
    ? ok(value)
    : err(`${flag} takes a port from 1 to 65535, not "${text}"`)
}

/** What the Worker would never send to is refused here, where a person reads it. */
function receiver(text: string | undefined): Result<string | undefined, string> {
  if (text === undefined) return ok(text)
  const url = URL.canParse(text) ? new URL(text) : undefined
  const here = url?.protocol === 'http:' && /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)
  const plain = url?.username === '' && url.password === '' && url.hash === ''
  return plain && (here || url.protocol === 'https:')
    ? ok(url.href)
    : err(`--webhook-url takes an http address of this machine or an https one, not "${text}"`)
}
