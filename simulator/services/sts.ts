/** STS over the query protocol: who a signature belongs to. Pure. Source: STS API reference. */
import type { QueryService } from './query.ts'

export const STS: QueryService = {
  signedAs: 'sts',
  version: '2011-06-15',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: ['GetCallerIdentity'],
  // The account is 12 digits: nothing here needs escaping.
  tell: (_, __, account) =>
    `<Arn>arn:aws:iam::${account}:user/simulated</Arn><UserId>AIDA${account}SIMU</UserId>` +
    `<Account>${account}</Account>`,
}
