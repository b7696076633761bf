/** Reading an IAM document that AWS answered with: who may do what, on what, on which condition. Pure; never throws. */
import { listMember, member, objectOf, parseObject } from '../../../shared/aws/json.ts'

export interface Statement {
  readonly allows: boolean
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  /** Every principal with its kind, as in `Service events.amazonaws.com`; `AWS *` is anybody. */
  readonly principals: readonly string[]
  readonly condition: object | undefined
}

/** No statement: the text is no document. */
export const statementsOf = (document: string): readonly Statement[] =>
  manyOf(member(parseObject(document), 'Statement')).map((one) => {
    const of = objectOf(one)
    return {
      allows: member(of, 'Effect') === 'Allow',
      actions: textsOf(member(of, 'Action')),
      resources: textsOf(member(of, 'Resource')),
      principals: principalsOf(member(of, 'Principal')),
      condition: objectOf(member(of, 'Condition')),
    }
  })

/** The values a condition compares a key with; keys are the same in either case. */
export function conditionValues({ condition }: Statement, operator: string, key: string): readonly string[] {
  const compared = objectOf(member(condition, operator))
  const name = Object.keys(compared ?? {}).find((one) => one.toLowerCase() === key.toLowerCase())
  return name === undefined ? [] : textsOf(member(compared, name))
}

/** A queue's policy lets this source of this service send to it, and names the source to the letter. */
export const letsSend = (
  policy: string,
  { queueArn, service, source }: Readonly<Record<'queueArn' | 'service' | 'source', string>>,
): boolean =>
  statementsOf(policy).some(
    (one) =>
      one.allows &&
      one.actions.some((action) => /^sqs:(SendMessage|\*)$/i.test(action)) &&
      one.resources.includes(queueArn) &&
      one.principals.includes(`Service ${service}.amazonaws.com`) &&
      ['ArnEquals', 'ArnLike', 'StringEquals'].some((operator) =>
        conditionValues(one, operator, 'aws:SourceArn').includes(source),
      ),
  )

/** Anybody may, on no condition at all. */
export const isOpen = ({ allows, principals, condition }: Statement): boolean =>
  allows && condition === undefined && principals.includes('AWS *')

function principalsOf(principal: unknown): readonly string[] {
  if (principal === '*') return ['AWS *']
  const of = objectOf(principal)
  return Object.keys(of ?? {}).flatMap((kind) => textsOf(member(of, kind)).map((one) => `${kind} ${one}`))
}

const textsOf = (value: unknown): readonly string[] => manyOf(value).filter((one) => typeof one === 'string')

/** IAM writes one thing as itself and several as a list. */
const manyOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : (listMember({ value }, 'value') ?? [value])
