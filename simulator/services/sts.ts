/** STS over the query protocol: who a signature belongs to, and credentials for a proven identity. Pure. Source: STS API reference. */
import type { Json } from '../marketplace/model.ts'
import { isObject } from '../marketplace/shape.ts'
import type { QueryService } from './query.ts'
import { element, escapeXml } from './query.ts'

export const STS: QueryService = {
  signedAs: 'sts',
  version: '2011-06-15',
  namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  operations: ['GetCallerIdentity', 'AssumeRoleWithWebIdentity'],
  tell: (operation, body, account) =>
    operation === 'AssumeRoleWithWebIdentity' ? assumedRole(body) : callerIdentity(body, account),
}

function callerIdentity(body: Json, account: string): string {
  const arn = textOf(body, 'Arn')
  return (
    `<Arn>${escapeXml(arn === '' ? `arn:aws:iam::${account}:user/simulated` : arn)}</Arn>` +
    `<UserId>AIDA${account}SIMU</UserId><Account>${account}</Account>`
  )
}

const assumedRole = (body: Json): string =>
  element('SubjectFromWebIdentityToken', textOf(body, 'Subject')) +
  element('Audience', 'sts.amazonaws.com') +
  `<AssumedRoleUser>${element('Arn', textOf(body, 'Arn'))}` +
  `${element('AssumedRoleId', textOf(body, 'AssumedRoleId'))}</AssumedRoleUser>` +
  `<Credentials>${['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map((name) => element(name, textOf(body, name))).join('')}` +
  `${element('Expiration', new Date(isObject(body) ? Number(body['Expiration']) : 0).toISOString())}</Credentials>`

function textOf(body: Json, name: string): string {
  const value = isObject(body) ? body[name] : undefined
  return typeof value === 'string' ? value : ''
}
