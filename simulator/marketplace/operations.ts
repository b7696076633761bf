/** What AWS's doors can be asked to do, and what a fault may be set on besides `*`. No code with an effect. */

export const OPERATIONS = [
  'ResolveCustomer',
  'BatchMeterUsage',
  'GetEntitlements',
  'SearchAgreements',
  'DescribeAgreement',
  'GetAgreementTerms',
  'GetAgreementEntitlements',
  'SendMessage',
  'SendMessageBatch',
  'ReceiveMessage',
  'DeleteMessage',
  'DeleteMessageBatch',
  'ChangeMessageVisibility',
  'GetQueueAttributes',
  'GetQueueUrl',
  'SetQueueAttributes',
  'StartMessageMoveTask',
  'ListMessageMoveTasks',
  'GetCallerIdentity',
  'AssumeRoleWithWebIdentity',
  'SendEmail',
  'Publish',
  'CreateTopic',
  'ListTopics',
] as const

export type ApiOperation = (typeof OPERATIONS)[number]
