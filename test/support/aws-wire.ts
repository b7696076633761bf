/** Answers of AWS's services as they are on the wire: JSON, and the query protocol's XML. Pure. */

/** What a service answers: its status and body. */
export interface Said {
  readonly status: number
  readonly type: string
  readonly body: string
}

export const json = (body: object, status = 200): Said => ({
  status,
  type: 'application/x-amz-json-1.1',
  body: JSON.stringify(body),
})

export const xml = (operation: string, inside: string, namespace: string): Said => ({
  status: 200,
  type: 'text/xml',
  body: `<${operation}Response xmlns="${namespace}"><${operation}Result>${inside}</${operation}Result></${operation}Response>`,
})

export const xmlError = (code: string, status: number): Said => ({
  status,
  type: 'text/xml',
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
})

export const members = (name: string, each: readonly string[]): string =>
  `<${name}>${each.map((one) => `<member>${one}</member>`).join('')}</${name}>`
