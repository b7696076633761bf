/** The access keys this simulator knows: the seller's, and one for each demo buyer. None of them is a real one. */

export interface AccessKey {
  readonly id: string
  readonly secret: string
  readonly account: string
  /** Of temporary credentials: what else a call must bring, and until when. */
  readonly session?: {
    readonly token: string
    readonly arn: string
    readonly expiresAt: number
    /** The id of the task or node they were given to. */
    readonly task?: string
  }
}

/** AWS accounts to buy with. The last has leading zeros: an account is text, never a number. */
export const DEMO_BUYERS = [
  { account: '444455556666', name: 'Buyer one' },
  { account: '777788889999', name: 'Buyer two' },
  { account: '000011112222', name: 'Buyer three' },
] as const

/** AWS's own documentation pair, for the seller, unless the environment brings another. Source: facts §0.5. */
const SELLER_KEY = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }

/** One key of a kind for each buyer: `AKIDBUYER<account>`. */
const buyerKey = (account: string): AccessKey => ({
  id: `AKIDBUYER${account}`,
  secret: `simulated-secret-of-buyer-${account}`,
  account,
})

/** All keys by their id. `own`: the pair the processes on this machine sign with, the seller's too. */
export function knownKeys(
  sellerAccount: string,
  own?: { readonly id: string; readonly secret: string },
): ReadonlyMap<string, AccessKey> {
  const keys: AccessKey[] = [
    { ...SELLER_KEY, account: sellerAccount },
    ...DEMO_BUYERS.map(({ account }) => buyerKey(account)),
  ]
  if (own !== undefined) keys.push({ ...own, account: sellerAccount })
  return new Map(keys.map((key) => [key.id, key]))
}
