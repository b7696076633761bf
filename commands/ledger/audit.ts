/** `audit`: the invariants of money §12 of every subscription and dimension, added up here from the Ledger's own numbers. */
import { amountOf } from '../../shared/amount.ts'
import type { DimensionAccount, MeterAccount } from '../../shared/ledger/accounts.ts'
import type { Finding } from '../../shared/ledger/ledger.ts'
import type { AuditLine } from '../../shared/operator/wire.ts'
import { err, ok } from '../../shared/result.ts'
import { call, eachRow } from './call.ts'
import { EXIT, failure } from './exit.ts'
import { countText } from './format.ts'
import type { Command } from './work.ts'

/** One equation with the numbers of both its sides. */
export interface Equation {
  readonly subject: string
  readonly text: string
  readonly holds: boolean
}

export const showAudit: Command = async ({ target, given, print, note }) => {
  const { product, state } = given.flags
  let [audited, broken, silent] = [0, 0, 0]
  const take = (line: AuditLine): void => {
    const { findings, accounts } = line
    if (findings === null || accounts === null) silent += 1
    const equations = [
      ...(accounts?.dimensions ?? []).flatMap(equationsOf),
      ...(accounts?.meters ?? []).map(equationOfMeter),
    ]
    const failed = equations.filter(({ holds }) => !holds).length + (findings?.length ?? 0)
    audited += 1
    if (failed > 0) broken += 1
    if (given.json)
      return print(JSON.stringify({ ...line, holds: failed === 0 && findings !== null, equations }))
    print(`${line.id}  ${standing(findings, failed)}`)
    for (const { subject, text, holds } of equations) print(`  ${holds ? '' : 'BROKEN  '}${subject}: ${text}`)
    for (const finding of findings ?? []) print(`  BROKEN  ${sentenceOf(finding)}`)
  }

  if (given.subscription === undefined) {
    const failed = await eachRow(target, { path: '/audit', query: { product, state } }, take)
    if (failed) return err(failed)
    const log = await call<{ readonly findings: readonly Finding[] }>(target, { path: '/log/audit' })
    if (!log.ok) return log
    for (const finding of log.value.findings)
      print(given.json ? JSON.stringify(finding) : `BROKEN  the operator's log: ${sentenceOf(finding)}`)
    if (log.value.findings.length > 0) return err(failure(EXIT.refused, LOG_BROKEN))
  } else {
    const one = await call<AuditLine>(target, { path: `/subscriptions/${given.subscription}/audit` })
    if (!one.ok) return one
    take(one.value)
  }

  if (broken > 0) {
    return err(
      failure(
        EXIT.refused,
        `The books of ${broken} of ${countText(audited, 'subscription')} do not balance. Ours to repair: send this output to whoever maintains Tollgate; such a subscription freezes nothing until it is released, the others go on.`,
      ),
    )
  }
  if (silent > 0) {
    return err(
      failure(
        EXIT.unreachable,
        `${silent} of ${countText(audited, 'Ledger')} did not answer, what they hold is not audited: give the command again.`,
      ),
    )
  }
  note(`The books of ${countText(audited, 'subscription')} balance.`)
  return ok(EXIT.done)
}

const LOG_BROKEN =
  "The operator's audit log is not as it was written. Ours to look into: keep this output, and compare the log with the hashes your acts were answered with."

const standing = (findings: readonly Finding[] | null, failed: number): string =>
  findings === null
    ? 'did not answer'
    : failed === 0
      ? 'balances'
      : `does not balance, ${countText(failed, 'rule')} broken`

const sentenceOf = ({ rule, subject, expected, found }: Finding): string =>
  `${rule}, for ${subject}: ${expected} expected, ${found} found`

/** Units: what is due, where it is, and what was moved. */
export function equationsOf(account: DimensionAccount): Equation[] {
  const { dimension, metered, due, usage, open, owed, adjusted, adjusting, states } = account
  const units = Object.entries(states)
  const sum = total(units.map(([, each]) => each))
  const moved = states.moved ?? '0'
  const isEmpty = usage === '0' && adjusted === '0' && units.length === 0
  const equations = [
    metered
      ? {
          text: `due ${due} = frozen usage ${usage} + open ${open} − owed ${owed}`,
          holds: BigInt(due) === BigInt(usage) + BigInt(open) - BigInt(owed),
        }
      : { text: `shown only: frozen ${usage} = 0`, holds: BigInt(usage) === 0n },
    ...(isEmpty
      ? []
      : [
          {
            text: `frozen ${usage} + moved in ${adjusted} = ${units.length === 0 ? '0' : units.map(([state, each]) => `${state} ${each}`).join(' + ')}`,
            holds: BigInt(usage) + BigInt(adjusted) === sum,
          },
        ]),
    ...(moved === '0' && adjusted === '0' && adjusting === '0'
      ? []
      : [
          {
            text: `moved out ${moved} = moved in ${adjusted} + on its way ${adjusting}`,
            holds: BigInt(moved) === BigInt(adjusted) + BigInt(adjusting),
          },
        ]),
  ]
  return equations.map((equation) => ({ subject: dimension, ...equation }))
}

/** Usage: what was taken is counted or set aside. */
export function equationOfMeter({ meter, taken, counted, setAside }: MeterAccount): Equation {
  const aside = Object.entries(setAside)
  const parts = [`counted ${counted}`, ...aside.map(([reason, amount]) => `${reason} ${amount}`)]
  const sum = [counted, ...aside.map(([, amount]) => amount)].reduce((all, each) => all + amountOf(each), 0n)
  return { subject: meter, text: `taken ${taken} = ${parts.join(' + ')}`, holds: amountOf(taken) === sum }
}

const total = (units: readonly string[]): bigint => units.reduce((sum, each) => sum + BigInt(each), 0n)
