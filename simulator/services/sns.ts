/** SNS over the query protocol. Pure. Source: SNS API reference, service model 2010-03-31. */
import type { Json } from '../marketplace/model.ts'
import { isObject } from '../marketplace/shape.ts'
import type { QueryService } from './query.ts'
import { element } from './query.ts'

export const SNS: QueryService = {
  signedAs: 'sns',
  version: '2010-03-31',
  namespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
  operations: ['Publish', 'CreateTopic', 'ListTopics'],
  codes: {
    AccessDeniedException: 'AuthorizationError',
    ThrottlingException: 'Throttled',
    InternalServiceErrorException: 'InternalError',
  },
  tell(operation, body) {
    if (operation === 'ListTopics')
      return `<Topics>${listOf(body)
        .map((arn) => `<member>${element('TopicArn', arn)}</member>`)
        .join('')}</Topics>`
    const name = operation === 'Publish' ? 'MessageId' : 'TopicArn'
    const value = isObject(body) ? body[name] : ''
    return element(name, typeof value === 'string' ? value : '')
  },
}

function listOf(body: Json): string[] {
  const topics = isObject(body) ? body['Topics'] : undefined
  return Array.isArray(topics) ? topics.filter((arn) => typeof arn === 'string') : []
}
