/** A missed event as AWS would have sent it, under an id that is the same however often it is found to be missed. */
import { licenseTail } from '../../shared/license.ts'
import { REPAIR_ID } from '../../shared/lifecycle/events.ts'
import type { EdgeProduct } from '../../shared/seller/views.ts'
import type { Arrived } from '../db/inbox.ts'
import type { Edge } from '../env.ts'
import { readPushed } from '../events/keep.ts'
import type { Missed } from './compare.ts'

/** AWS's own detail types. We are the proposer of what SearchAgreements lists; license events are the manufacturer's. */
const TYPES = {
  created: 'Purchase Agreement Created - Proposer',
  updated: 'License Updated - Manufacturer',
  ended: 'Purchase Agreement Ended - Proposer',
  deprovisioned: 'License Deprovisioned - Manufacturer',
} as const satisfies Readonly<Record<Missed['kind'], string>>

/** For the inbox. It goes through the same checks as an event of AWS's. */
export function repairEvent(
  edge: Edge,
  product: Pick<EdgeProduct, 'id' | 'code'>,
  missed: Missed,
  now: number,
): Arrived {
  const seller = edge.seller.seller.account
  const { agreementId, account, at, after } = missed
  const id = `${REPAIR_ID}${missed.kind}:${agreementId}:${subjectOf(missed)}`
  const body = {
    version: '0',
    id,
    'detail-type': TYPES[missed.kind],
    source: 'aws.agreement-marketplace',
    account: seller,
    time: iso(at),
    region: 'us-east-1',
    resources: [`arn:aws:aws-marketplace::aws:agreement:${agreementId}`],
    repair: { after, seenAt: now },
    detail: {
      catalog: 'AWSMarketplace',
      agreement: agreementOf(missed),
      ...('licenseArn' in missed
        ? { product: { id: product.id, code: product.code }, license: { arn: missed.licenseArn } }
        : {}),
      ...(account === null ? {} : { acceptor: { accountId: account } }),
      proposer: { accountId: seller },
    },
  }
  return readPushed(edge, JSON.stringify(body), id)
}

function subjectOf(missed: Missed): string {
  switch (missed.kind) {
    case 'created':
      return 'first'
    case 'ended':
      return missed.status
    case 'updated':
    case 'deprovisioned':
      return `${licenseTail(missed.licenseArn) ?? missed.licenseArn}:${missed.after}`
  }
}

function agreementOf(missed: Missed): object {
  const { agreementId: id } = missed
  switch (missed.kind) {
    case 'created': {
      const { acceptedAt, startsAt, previous } = missed
      return {
        id,
        status: 'ACTIVE',
        ...(acceptedAt === null ? {} : { acceptanceTime: iso(acceptedAt) }),
        ...(startsAt === null ? {} : { startTime: iso(startsAt) }),
        ...(previous === null ? {} : { previousAgreementId: previous }),
      }
    }
    case 'ended':
      return { id, status: missed.status }
    case 'updated':
    case 'deprovisioned':
      return { id }
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()
