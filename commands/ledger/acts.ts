/** The acts on one subscription: each finds what it is about as it is now, and gives it to the Ledger with that. */
import type { Page, Released, SeenAside, SeenRecord } from '../../shared/ledger/repair.ts'
import type { RecordRow } from '../../shared/ledger/ledger.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { isSubscriptionId } from '../../shared/subscription.ts'
import { call } from './call.ts'
import { EXIT, failure, type Failure } from './exit.ts'
import { hourText, readHour, readRecordName } from './format.ts'
import { parkedRows } from './parked.ts'
import { give, giveTo } from './sign.ts'
import type { Command, Outcome, Work } from './work.ts'

const onRecord =
  (kind: 'retry' | 'move' | 'write off'): Command =>
  async (work) => {
    const found = await findRecord(work, work.given.words[0] ?? '')
    return found.ok ? give(work, { kind, ...seenOf(found.value) }) : found
  }

export const retryRecord = onRecord('retry')
export const moveRecord = onRecord('move')
export const writeOff = onRecord('write off')

export const giveEvidence: Command = async (work) => {
  const { from, id, says } = work.given.flags
  if (from !== 'cloudtrail' && from !== 'billing-feed') return usage('--from is cloudtrail or billing-feed')
  if (says !== 'billed' && says !== 'not recorded') return usage('--says is billed or "not recorded"')
  if (id === undefined) return usage("--id is the CloudTrail event's id, or the billing line's")
  const found = await findRecord(work, work.given.words[0] ?? '')
  return found.ok ? give(work, { kind: 'evidence', ...seenOf(found.value), from, evidence: id, says }) : found
}

export const hold: Command = (work) =>
  work.given.subscription === undefined
    ? giveTo(work, '/sending/hold')
    : give(work, { kind: 'hold', dimension: work.given.flags.dimension ?? null })

export const release: Command = async (work) => {
  if (work.given.subscription === undefined) return giveTo(work, '/sending/release')
  const { dimension, record } = work.given.flags
  const named = [dimension, record, work.given.stopped || undefined].filter((one) => one !== undefined)
  if (named.length > 1) return usage('release one thing at a time: --dimension, --record or --stopped')
  if (record === undefined) return give(work, { kind: 'release', what: releasedOf(work) })
  const found = await findRecord(work, record)
  if (!found.ok) return found
  return give(work, { kind: 'release', what: { kind: 'spike', record: found.value.key } })
}

function releasedOf({ given: { flags, stopped } }: Work): Released {
  if (stopped) return { kind: 'stopped' }
  return flags.dimension === undefined
    ? { kind: 'subscription' }
    : { kind: 'dimension', dimension: flags.dimension }
}

export const voidUsage: Command = async (work) => {
  const { source, from = '', to = '' } = work.given.flags
  const [first, behind] = [readHour(from), readHour(to)]
  if (source === undefined)
    return usage('--source names whose usage is taken out: an API key, or what events call it')
  if (first === undefined || behind === undefined || behind <= first) {
    return usage('--from and --to are hours such as 2026-11-21T09, UTC; --to is behind the last one')
  }
  return give(work, { kind: 'void', source, from: first, to: behind })
}

const onAside =
  (kind: 'bill aside' | 'drop aside'): Command =>
  async (work) => {
    const found = await findAside(work)
    return found.ok ? give(work, { kind, aside: found.value }) : found
  }

export const billAside = onAside('bill aside')
export const dropAside = onAside('drop aside')

/** A person's word that one purchase renews or replaces another. */
export const nameSuccessor: Command = async (work) => {
  const [successor = ''] = work.given.words
  return isSubscriptionId(successor)
    ? giveTo(work, `/subscriptions/${successor}/succeed/${work.given.subscription}`)
    : usage(`"${successor}" is no subscription: it is sub_ and 22 characters, as \`list\` shows them`)
}

const usage = async (sentence: string): Outcome => err(failure(EXIT.usage, sentence))

const seenOf = (record: RecordRow): { readonly record: string; readonly seen: SeenRecord } => ({
  record: record.key,
  seen: { state: record.state, settledAt: record.settledAt },
})

/** The record a person names, as it is now. */
async function findRecord({ target, given }: Work, text: string): Promise<Result<RecordRow, Failure>> {
  const name = readRecordName(text)
  if (name === undefined) {
    return err(
      failure(
        EXIT.usage,
        `"${text}" names no record: write DIMENSION@HOUR, such as api_calls_1k@2026-11-21T09, or the whole key`,
      ),
    )
  }
  const path = `/subscriptions/${given.subscription}/records`
  const page = await call<Page<RecordRow>>(target, { path, query: { hour: String(name.hour) } })
  if (!page.ok) return page
  const [record, second] = page.value.rows.filter(name.matches)
  if (record === undefined) {
    return err(
      failure(
        EXIT.refused,
        `There is no record ${text}. \`npm run ledger -- show ${given.subscription}\` lists those there are.`,
      ),
    )
  }
  return second === undefined ? ok(record) : err(severalFound(text, [record.key, second.key]))
}

/** Usage set aside is named by meter and hour, and narrowed by --source and --reason. */
async function findAside(work: Work): Promise<Result<SeenAside, Failure>> {
  const { target, given } = work
  const text = given.words[0] ?? ''
  const [meter, written = ''] = text.split('@')
  const hour = readHour(written)
  if (hour === undefined || given.subscription === undefined) {
    return err(
      failure(EXIT.usage, `"${text}" names no usage: write METER@HOUR, such as api_calls@2026-11-21T09`),
    )
  }
  const rows = await parkedRows(target, given.subscription, 'aside')
  if (!rows.ok) return rows
  const { source, reason } = given.flags
  const [found, second] = rows.value
    .map(({ aside }) => aside)
    .filter(
      (aside) =>
        aside.meter === meter &&
        aside.hour === hour &&
        (source === undefined || aside.source === source) &&
        (reason === undefined || aside.reason === reason),
    )
  if (found === undefined) {
    return err(
      failure(
        EXIT.refused,
        `Nothing of ${meter} in ${hourText(hour)} is set aside and undecided. \`parked\` lists what is.`,
      ),
    )
  }
  if (second === undefined) return ok(found)
  return err(
    severalFound(
      text,
      [found, second].map((aside) => `--source ${aside.source} --reason ${aside.reason}`),
    ),
  )
}

const severalFound = (text: string, names: readonly string[]): Failure =>
  failure(EXIT.refused, `${text} is more than one; nothing was done. Name one of them: ${names.join('; ')}`)
