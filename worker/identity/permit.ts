/** The limits on ResolveCustomer, asked before each call: its quota is the whole account's (design §10). */
import type { Edge } from '../env.ts'
import { IDENTITY } from './lender.ts'

/** 0: AWS may be asked now; else the seconds after which it is worth another try. Throws when the object is unreachable. */
export const permitResolve = (edge: Edge, address: string | null): Promise<number> =>
  edge.settings.identities.getByName(IDENTITY).permitResolve(address)
