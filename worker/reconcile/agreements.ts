/** Agreements as AWS lists them, page by page, against what we know of each: what is missed is written into the inbox. */
import type { AgreementSummary, Provisioning } from '../../shared/aws/agreement.ts'
import { describeFailure, type CallFailure } from '../../shared/aws/failure.ts'
import { HOUR_MS } from '../../shared/hour.ts'
import { licenseTail } from '../../shared/license.ts'
import { ok, type Result } from '../../shared/result.ts'
import type { EdgeProduct } from '../../shared/seller/views.ts'
import {
  describeAgreement,
  getAgreementEntitlements,
  searchAgreements,
  searchAgreementsPage,
} from '../aws/agreement.ts'
import { alertStatement } from '../db/outbox.ts'
import {
  keepAgreements,
  NOT_LISTED,
  readSeen,
  unlistedAgreements,
  type AgreementRow,
  type Seen,
} from '../db/reconciliations.ts'
import { channelsSetUp } from '../deliveries/channels.ts'
import { logLine } from '../log.ts'
import { compare, questionsOf } from './compare.ts'
import type { Part, Worked } from './part.ts'
import { writeMissed } from './write.ts'

/** Agreements that AWS is asked for one by one, in one page. */
const DESCRIBE_MAX = 25

/** One page of a product's agreements; `after` is AWS's token. */
export async function reconcileAgreements(
  part: Part,
  product: EdgeProduct,
  after: string | null,
): Promise<Worked> {
  const { edge, pacer } = part
  const page = await pacer.call(() =>
    searchAgreementsPage(edge.aws, { ResourceIdentifier: product.id }, after),
  )
  if (!page.ok) return page
  const worked = await comparePage(part, product, page.value.items)
  return worked.ok ? ok(page.value.nextToken) : worked
}

/** Agreements of subscriptions that no page had: AWS is asked for each. `after` is the last one asked for. */
export async function reconcileUnlisted(
  part: Part,
  product: EdgeProduct,
  after: string | null,
): Promise<Worked> {
  const { edge, pacer, now } = part
  const { account } = edge.seller.seller
  const asked = await unlistedAgreements(edge.settings.db, product.key, account, after ?? '', DESCRIBE_MAX)
  const found: AgreementSummary[] = []
  for (const { id, findingMs } of asked) {
    const answer = await pacer.call(() => describeAgreement(edge.aws, id))
    if (answer.ok) found.push(answer.value)
    else if (isUnknown(answer.error))
      await keepFinding(part, unlisted(id, product.key, findingMs ?? now, now))
    else return answer
  }
  const worked = await comparePage(part, product, found)
  if (!worked.ok) return worked
  return ok(asked.length === DESCRIBE_MAX ? (asked.at(-1)?.id ?? null) : null)
}

/** What is found is kept before a failure is answered: the next time it is not asked for again. */
async function comparePage(
  part: Part,
  product: EdgeProduct,
  page: readonly AgreementSummary[],
): Promise<Result<null, CallFailure>> {
  const { edge, tally, now } = part
  const seen = await readSeen(edge.settings.db, page)
  const rows: AgreementRow[] = []
  let failed: Result<never, CallFailure> | undefined
  for (const [at, agreement] of page.entries()) {
    const known = seen[at]
    if (known === undefined) continue
    const questions = questionsOf(agreement, known, now)
    if (questions === null) continue
    const asked = await ask(part, agreement, questions)
    if (!asked.ok && !isOfOne(asked.error)) {
      failed = asked
      break
    }
    const { missed, contradiction } = asked.ok
      ? compare(agreement, asked.value.provisioning, asked.value.chain, known, now)
      : { missed: [], contradiction: `AWS does not tell of it: ${describeFailure(asked.error)}.` }
    tally.compared += 1
    await writeMissed(part, product, missed)
    const row = rowOf(agreement, product, known, questions.provisioning, contradiction, now)
    if (contradiction !== null) await keepFinding(part, row)
    else if (!isSame(row, known.remembered)) rows.push(row)
  }
  await keepAgreements(edge.settings.db, rows)
  return failed ?? ok(null)
}

interface Asked {
  readonly provisioning: readonly Provisioning[]
  readonly chain: readonly AgreementSummary[]
}

async function ask(
  { edge, pacer }: Part,
  { agreementId, initialAgreementId }: AgreementSummary,
  questions: { readonly provisioning: boolean; readonly chain: boolean },
): Promise<Result<Asked, CallFailure>> {
  const provisioning = questions.provisioning
    ? await pacer.call(() => getAgreementEntitlements(edge.aws, agreementId))
    : ok([])
  if (!provisioning.ok) return provisioning
  const chain =
    questions.chain && initialAgreementId !== null
      ? await pacer.call(() => searchAgreements(edge.aws, { InitialAgreementId: initialAgreementId }))
      : ok([])
  return chain.ok ? ok({ provisioning: provisioning.value, chain: chain.value }) : chain
}

const rowOf = (
  agreement: AgreementSummary,
  product: EdgeProduct,
  { remembered }: Seen,
  isChecked: boolean,
  finding: string | null,
  now: number,
): AgreementRow => ({
  id: agreement.agreementId,
  product: product.key,
  account: agreement.account,
  licenseTail: licenseTail(agreement.licenseArns[0] ?? '') ?? null,
  status: agreement.status,
  updatedMs: agreement.updatedAt,
  startsMs: agreement.startsAt,
  checkedMs: isChecked ? now : (remembered?.checkedMs ?? now),
  finding,
  findingMs: finding === null ? null : finding === remembered?.finding ? remembered.findingMs : now,
})

const isSame = (row: AgreementRow, remembered: AgreementRow | null): boolean =>
  remembered !== null && JSON.stringify(row) === JSON.stringify(remembered)

/** A contradiction may pass, as AWS's answers meet: people are told when the next hour sees it again, once. */
async function keepFinding({ edge, tally, now }: Part, row: AgreementRow): Promise<void> {
  const { settings } = edge
  const { id, finding, findingMs } = row
  tally.contradictions += 1
  logLine('warn', 'reconciliation_contradicted', { agreement: id, finding })
  await keepAgreements(settings.db, [row])
  if (finding === null || findingMs === null || now - findingMs < HOUR_MS) return
  const data = { agreement: id, finding }
  await alertStatement(
    settings.db,
    { kind: 'reconciliation.contradicted', key: `contradicted:${id}:${findingMs}`, data },
    channelsSetUp(settings),
    now,
  )?.run()
}

const unlisted = (id: string, product: string, since: number, now: number): AgreementRow => ({
  id,
  product,
  account: null,
  licenseTail: null,
  status: NOT_LISTED,
  updatedMs: null,
  startsMs: null,
  checkedMs: now,
  finding: 'AWS knows no such agreement of ours; the subscription that has it goes on here.',
  findingMs: since,
})

/** A refusal that is about the one agreement: it stands in the way of no other. */
const isOfOne = (failure: CallFailure): boolean =>
  isUnknown(failure) || (failure.kind === 'refused' && failure.name.startsWith('Validation'))

const isUnknown = (failure: CallFailure): boolean =>
  failure.kind === 'refused' && failure.name.startsWith('ResourceNotFound')
