/** What a reconciliation consists of and how far it has come. Types, and the order of its phases; no I/O. */
import type { CallFailure } from '../../shared/aws/failure.ts'
import type { Result } from '../../shared/result.ts'
import type { EdgeProduct } from '../../shared/seller/views.ts'
import type { Tally } from '../db/reconciliations.ts'
import type { Edge } from '../env.ts'
import { needsEntitlement } from '../lifecycle/entitled.ts'
import type { Pacer } from './pacer.ts'

/** All agreements AWS lists of a product; what its contracts grant; the agreements we have and AWS does not list. */
export interface Phase {
  readonly kind: 'agreements' | 'contracts' | 'unlisted'
  readonly product: EdgeProduct
}

/** Where it goes on: in which phase, and behind what. */
export interface Cursor {
  readonly phase: number
  readonly after: string | null
}

/** What one page is worked through with, and what it adds to. */
export interface Part {
  readonly edge: Edge
  readonly pacer: Pacer
  readonly tally: Tally
  readonly now: number
}

/** What the next page of the phase begins behind; null: it was the last. */
export type Worked = Result<string | null, CallFailure>

/** A product still on the legacy integration has no license events to compare with: its messages name a customer only. */
export const phasesOf = ({ seller }: Pick<Edge, 'seller'>, now: number): readonly Phase[] =>
  seller.products
    .filter(
      ({ integration }) =>
        integration === 'license' ||
        (typeof integration === 'object' && Date.parse(integration.switchAt) <= now),
    )
    .flatMap((product): Phase[] => [
      { kind: 'agreements', product },
      ...(needsEntitlement(product) ? [{ kind: 'contracts', product } as const] : []),
      { kind: 'unlisted', product },
    ])
