/** The command line of `npm run deploy`, read once. Says what is wrong and what there is. No I/O. */
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../../shared/result.ts'
import { STACK_NAME, STACK_NAME_RULE } from '../../shared/stack.ts'

export interface Given {
  /** The stack's name as Pulumi has it. */
  readonly stack: string
  /** A file with the stack's outputs in place of Pulumi's answer. */
  readonly outputs: string | undefined
  readonly dryRun: boolean
  readonly newOperatorKey: boolean
  /** That the secret which seals and hashes is lost is known, and another is to be made. */
  readonly newSessionSecret: boolean
  /** How long a new version may take until it is well, in seconds; undefined: as long as its first or a later deploy gets. */
  readonly healthSeconds: number | undefined
}

export const HELP = `npm run deploy -- --stack NAME [flags]     deploys the Worker of a stack that \`pulumi up\` has made

  --stack NAME         the stack; asks \`pulumi stack output --json --show-secrets\`
  --outputs FILE       reads the stack's outputs from this file instead; it holds secrets, delete it afterwards
  --dry-run            says all it would do and changes nothing
  --new-operator-key   makes another operator key; the one before ends. It is shown once
  --new-session-secret that the Worker was deleted while its database was not is known; see what it says without it
  --health-seconds N   how long a new version may take until it is well (first deploy 300, later 120)

CLOUDFLARE_API_TOKEN is the token; CLOUDFLARE_ACCOUNT_ID the account where the stack does not name it.
TOLLGATE_OPERATOR_KEY is needed only when a deploy drops a meter or a metered dimension.

Token rights: Account: Workers Scripts Edit, D1 Edit, Queues Edit, Account Settings Read; for a domain of your own also
Zone: Zone Read, Workers Routes Edit.

Exit codes: 0 done, 1 refused, nothing changed, 2 the command line, the outputs or this machine, 3 ended before a new version
took requests, 4 the token, 5 the new version was not well and the one before is back, 6 a version that is not well takes
requests, 130 interrupted.`

const SEE = '`npm run deploy -- --help` lists what there is'

/** What is asked, `'help'`, or a sentence about what is wrong. */
export function readGiven(args: readonly string[]): Result<Given | 'help', string> {
  let values
  try {
    ;({ values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        stack: { type: 'string' },
        outputs: { type: 'string' },
        'dry-run': { type: 'boolean', default: false },
        'new-operator-key': { type: 'boolean', default: false },
        'new-session-secret': { type: 'boolean', default: false },
        'health-seconds': { type: 'string' },
      },
    }))
  } catch (cause) {
    const said = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause)
    return err(`${said}: ${SEE}`)
  }
  if (values.help) return ok('help')
  const { stack, outputs } = values
  if (stack === undefined) return err(`say which stack: --stack prod. ${SEE}`)
  if (!STACK_NAME.test(stack))
    return err(`--stack ${JSON.stringify(stack)} is no name of a stack: give ${STACK_NAME_RULE}`)
  const seconds = values['health-seconds']
  if (seconds !== undefined && !/^[1-9]\d{0,3}$/.test(seconds))
    return err(`--health-seconds ${seconds} is no number of seconds from 1 to 9999`)
  return ok({
    stack,
    outputs,
    dryRun: values['dry-run'],
    newOperatorKey: values['new-operator-key'],
    newSessionSecret: values['new-session-secret'],
    healthSeconds: seconds === undefined ? undefined : Number(seconds),
  })
}
