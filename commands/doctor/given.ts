/** The command line of `npm run doctor`, read once; says which part is wrong. No I/O. */
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../../shared/result.ts'
import { STACK_NAME, STACK_NAME_RULE } from '../../shared/stack.ts'

export const HELP = `npm run doctor -- --stack NAME [flags]     what is misconfigured, and what to do about it

Looks at seller.config.ts, at the stack in your AWS account, at the Worker at Cloudflare, and at the Worker from outside
as AWS and buyers see it. It changes nothing, and tells each thing in one line: ok, wrong, or not looked at.

--stack NAME     the stack of \`pulumi up\`; its outputs are read by \`pulumi stack output\`
--outputs FILE   the outputs as a file, in place of asking Pulumi
--json           one JSON value

AWS is asked with your own credentials, found as the AWS CLI finds them (AWS_PROFILE and its like). Cloudflare is asked
with CLOUDFLARE_API_TOKEN. With TOLLGATE_OPERATOR_KEY the Worker is asked about itself too. What is missing is said, and
the rest is looked at. Exit codes: 0 all is well, 1 something is wrong, 2 the command line, 3 not all could be looked at.`

/** What a person asks for. */
export interface Given {
  readonly stack: string
  /** Absent: Pulumi is asked. */
  readonly outputs: string | undefined
  readonly json: boolean
}

const SEE_HELP = '`npm run doctor -- --help` shows how it is used'

const FLAGS = {
  stack: { type: 'string' },
  outputs: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** What is asked for, `'help'`, or a sentence about what is wrong. */
export function readGiven(args: readonly string[]): Result<Given | 'help', string> {
  const parsed = parse(args)
  if (!parsed.ok) return parsed
  const { stack, outputs, json = false, help = false } = parsed.value
  if (help) return ok('help')
  if (stack === undefined) return err(`--stack is missing, as in \`--stack prod\`: ${SEE_HELP}`)
  if (!STACK_NAME.test(stack))
    return err(`--stack ${JSON.stringify(stack)} is no name of a stack: give ${STACK_NAME_RULE}: ${SEE_HELP}`)
  return ok({ stack, outputs, json })
}

function parse(args: readonly string[]) {
  try {
    return ok(parseArgs({ args: [...args], options: FLAGS }).values)
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause)
    return err(`${reason}: ${SEE_HELP}`)
  }
}
