/** Holds values against the schemas in test/schemas. What each proves, and does not, is in its README. */
import { Ajv, type ErrorObject } from 'ajv'
import { textOf } from '../../support/repository.ts'

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })

const schemaOf = (file: string): Record<string, object> => JSON.parse(textOf(`test/schemas/${file}`))

const say = ({ instancePath, message = '', params }: ErrorObject): string =>
  `${instancePath || '/'} ${message} ${JSON.stringify(params)}`

/** A check that answers what is wrong, a sentence each. */
type Check = (value: unknown) => string[]

function checkBy(schema: object): Check {
  const validate = ajv.compile(schema)
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(say))
}

export const checkTaskDefinition = checkBy(schemaOf('ecs-register-task-definition.json'))
export const checkTemplate = checkBy(schemaOf('cloudformation-template.json'))
export const checkChartFile = checkBy(schemaOf('helm-chart.json'))
export const checkContents = checkBy(schemaOf('cyclonedx-1.6.json'))

const { fargate = {}, ...resources } = schemaOf('cloudformation-resources.json')
const checkResources = new Map(Object.entries(resources).map(([type, schema]) => [type, checkBy(schema)]))
const checkFargate = checkBy(fargate)

/** A resource's properties, references replaced. A type without a schema is wrong. */
export function checkResource(type: string, properties: object): string[] {
  const check = checkResources.get(type)
  if (check === undefined) return [`${type} has no schema in test/schemas`]
  const wrong = check(properties)
  if (type !== 'AWS::ECS::TaskDefinition') return wrong
  // The table of sizes has memory as a number, the resource as a text.
  const memory = 'Memory' in properties ? { Memory: Number(properties.Memory) } : {}
  return [...wrong, ...checkFargate({ ...properties, ...memory })]
}

const kubernetes = schemaOf('kubernetes-1.34.json') as {
  readonly kinds: Readonly<Record<string, { readonly $ref: string }>>
  readonly definitions: object
}
const checkKinds = new Map(
  Object.entries(kubernetes.kinds).map(([kind, { $ref }]) => [
    kind,
    checkBy({ $ref, definitions: kubernetes.definitions }),
  ]),
)

/** An object of a cluster. A kind without a schema is wrong. */
export function checkObject(value: { readonly apiVersion: string; readonly kind: string }): string[] {
  const name = `${value.apiVersion} ${value.kind}`
  return checkKinds.get(name)?.(value) ?? [`${name} has no schema in test/schemas`]
}

/** A schema of ours, as Helm reads it. */
export const checkValues = (schema: object, values: unknown): string[] => checkBy(schema)(values)
