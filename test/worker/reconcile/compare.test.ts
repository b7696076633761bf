/** What AWS says of one agreement against what its events told: the instants that a repair may name. */
import { expect, test } from 'vitest'
import type { AgreementSummary } from '../../../shared/aws/agreement.ts'
import { compare } from '../../../worker/reconcile/compare.ts'

const DAY = 86_400_000
const NOW = Date.parse('2026-11-21T12:00:00Z')
const LICENSE = `arn:aws:license-manager::294406891311:license:l-${'a'.repeat(32)}`
const BOUGHT = NOW - 10 * DAY

const agreement = (over: Partial<AgreementSummary>): AgreementSummary => ({
  agreementId: 'agmt-1',
  status: 'ACTIVE',
  account: '012345678901',
  startsAt: BOUGHT,
  endsAt: null,
  acceptedAt: BOUGHT,
  updatedAt: BOUGHT,
  resources: [],
  licenseArns: [LICENSE],
  initialAgreementId: 'agmt-1',
  ...over,
})

const SEEN = {
  events: [
    {
      detailType: 'Purchase Agreement Created - Proposer',
      licenseTail: null,
      timeMs: BOUGHT,
      status: null,
      isOurs: false,
    },
    {
      detailType: 'License Updated - Manufacturer',
      licenseTail: `l-${'a'.repeat(32)}`,
      timeMs: BOUGHT + 60_000,
      status: null,
      isOurs: false,
    },
  ],
  subscription: null,
  ofChain: false,
  remembered: null,
}

const provisioning = [{ status: 'DEPROVISIONED', reason: null, licenseArn: LICENSE }]

test.each([
  ['that goes on was taken back by now, whenever it changed last', {}, NOW],
  ['that ended, when it ended', { status: 'CANCELLED', endsAt: NOW - DAY, updatedAt: NOW - DAY }, NOW - DAY],
  [
    'whose term is over, at its end, though nothing of it changed since',
    { status: 'EXPIRED', endsAt: NOW - DAY },
    NOW - DAY,
  ],
] as const)('the license of an agreement %s: no usage before that is lost', (_, over, at) => {
  const { missed } = compare(agreement(over), provisioning, [], SEEN, NOW)
  expect(missed.filter(({ kind }) => kind === 'deprovisioned')).toEqual([
    expect.objectContaining({ at, after: BOUGHT + 60_000 }),
  ])
})

test.each([
  [
    'of ours',
    true,
    {
      missed: [expect.objectContaining({ kind: 'updated', at: NOW, after: NOW - DAY })],
      contradiction: null,
    },
  ],
  ['of AWS’s', false, { missed: [], contradiction: expect.stringContaining('its license is in force') }],
])('an end by an event %s, and AWS says that the license is in force', (_, isOurs, verdict) => {
  const end = {
    detailType: 'License Deprovisioned - Manufacturer',
    licenseTail: `l-${'a'.repeat(32)}`,
    timeMs: NOW - DAY,
  }
  const subscription = {
    id: 'sub_0000000000000000000001',
    account: '012345678901',
    licenseTail: `l-${'a'.repeat(32)}`,
    agreementId: 'agmt-1',
    state: 'ended',
    endedAt: NOW - DAY,
  } as const
  const seen = { ...SEEN, events: [...SEEN.events, { ...end, status: null, isOurs }], subscription }
  const inForce = [{ status: 'PROVISIONED', reason: null, licenseArn: LICENSE }]
  expect(compare(agreement({}), inForce, [], seen, NOW)).toEqual(verdict)
})
