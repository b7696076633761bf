/** The command line of `npm run keys`, read once. Says what is wrong and what there is. No I/O. */
import { err, ok, type Result } from '../../shared/result.ts'
import { ACTING, readLine, TEXT } from '../flags.ts'

/** What is asked of the operator's routes. `act` undefined: nothing is done, so nothing is signed. */
export interface Asked {
  readonly act:
    | { readonly path: string; readonly query: Readonly<Record<string, string | undefined>> }
    | undefined
  readonly products: readonly string[]
  readonly who: string | undefined
  readonly why: string | undefined
  readonly id: string | undefined
  readonly json: boolean
  readonly folder: string | undefined
}

export const HELP = `npm run keys -- COMMAND [flags]     the keys of this deployment

  list                                     every key, never a secret
  create api --name NAME [--product P]…    for an application that reports usage or asks what a buyer may use
  create webhook --name NAME               one more secret that signs every webhook
  rotate ID [--overlap-hours N]            a successor of the same name; the old one goes on for N hours (24)
  rotate identity                          the next signing key of the Worker's identity; it signs in a day
  revoke ID                                ends it now

A secret is shown once, on standard output, by the command that made it. Each act asks for --why "…" and is written to the
audit log; --who is your user name unless you say. --act ID gives an act again whose answer was lost. --json prints JSON.

A running \`npm start\` is found in .tollgate, or in --folder DIR. For a deployment set TOLLGATE_URL and
TOLLGATE_OPERATOR_KEY. Exit codes: 0 done, 1 refused, 2 the command line, 3 no answer, 4 no key.`

const FLAGS = {
  name: TEXT,
  product: { type: 'string', multiple: true },
  'overlap-hours': TEXT,
  ...ACTING,
} as const

/** The command, `'help'`, or a sentence about what is wrong. */
export function readAsked(args: readonly string[]): Result<Asked | 'help', string> {
  const parsed = readLine(args, FLAGS, SEE)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  const [command, what = '', ...more] = positionals
  if (values.help === true || command === undefined) return ok('help')
  const asked = { ...values, id: values.act, products: values.product ?? [], json: values.json ?? false }
  const { who, why, id, json, folder, products } = asked
  const whole = (act: Asked['act']): Result<Asked, string> =>
    ok({ act, products, who, why, id, json, folder })
  const foreign = foreignTo(command, what, values)
  if (foreign !== undefined) return err(`${command} takes no --${foreign}: ${SEE}`)
  if (more.length > 0) return err(`${command} takes no “${more[0]}”: ${SEE}`)

  switch (command) {
    case 'list':
      return what === '' ? whole(undefined) : err(`list takes no “${what}”: ${SEE}`)
    case 'create':
      if (what !== 'api' && what !== 'webhook') return err(`create api or create webhook: ${SEE}`)
      if (values.name === undefined) return err('say who will use it: --name "billing service"')
      return whole({ path: '/keys/create', query: { kind: what, name: values.name } })
    case 'rotate':
    case 'revoke':
      if (!/^[\w-]{1,64}$/.test(what))
        return err(`${command} takes the id of a key: \`npm run keys -- list\``)
      return whole({ path: `/keys/${what}/${command}`, query: { overlapHours: values['overlap-hours'] } })
    default:
      return err(`there is no command "${command}": ${SEE}`)
  }
}

const SEE = '`npm run keys -- --help` lists what there is'

/** The first flag that the command does not take. */
function foreignTo(
  command: string,
  what: string,
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  const taken: Readonly<Record<string, readonly string[]>> = {
    list: [],
    create: ['who', 'why', 'act', 'name', ...(what === 'api' ? ['product'] : [])],
    rotate: ['who', 'why', 'act', ...(what === 'identity' ? [] : ['overlap-hours'])],
    revoke: ['who', 'why', 'act'],
  }
  const known = taken[command]
  return known && Object.keys(values).find((name) => ![...known, 'json', 'folder', 'help'].includes(name))
}
