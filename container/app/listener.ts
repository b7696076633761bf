/** What node:http hands over, put to the service, and its answer put back. */
import type { RequestListener } from 'node:http'
import { answer, type Service } from './answer.ts'

export function listenerOf(service: Service): RequestListener {
  return (request, response) => {
    const { method = 'GET', url = '/', headers } = request
    const answered = answer(service, { method, target: url, headers })
    response.writeHead(answered.status, {
      'content-length': Buffer.byteLength(answered.body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...answered.headers,
    })
    response.end(method === 'HEAD' ? undefined : answered.body)
  }
}
