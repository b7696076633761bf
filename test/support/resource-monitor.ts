/**
 * What Pulumi's engine answers a program that registers resources, with no cloud behind it: it keeps each registration and
 * makes up what AWS would say. Under ./plan.ts (in this process) and ./engine.ts (over gRPC). It does not check inputs
 * against the provider's schema, nor what AWS would accept.
 */
import struct, { type JavaScriptValue, type Struct } from 'google-protobuf/google/protobuf/struct_pb.js'
import pulumi from '@pulumi/pulumi'
import resource from '@pulumi/pulumi/proto/resource_pb.js'
import { err, ok, type Result } from '../../shared/result.ts'
import { computedOf, INVOKES, type Invokes } from './computed.ts'

/** Stands in a preview's inputs and outputs for what only `up` can know. */
export const UNKNOWN = '(unknown before up)'

/** One resource as the program registered it. */
export interface Planned {
  readonly urn: string
  readonly type: string
  readonly name: string
  /** False: a component. */
  readonly custom: boolean
  /** Secrets are opened, unknown values are `UNKNOWN`. */
  readonly inputs: Inputs
  /** Paths of the inputs that were secret, with dots. */
  readonly secretInputs: readonly string[]
  /** Name of the parent; null: the stack. */
  readonly parent: string | null
  readonly protect: boolean
  readonly retainOnDelete: boolean
  /** Names of all that it waits for: what its inputs are made of and what `dependsOn` names. */
  readonly dependsOn: readonly string[]
  /** The same by input. */
  readonly inputDependsOn: Readonly<Record<string, readonly string[]>>
  /** Empty: the default provider. */
  readonly provider: string
  /** Of the provider. */
  readonly version: string
  /** Empty: it is made, not taken over. */
  readonly importId: string
  readonly ignoreChanges: readonly string[]
  readonly replaceOnChanges: readonly string[]
  readonly deleteBeforeReplace: boolean
  readonly secretOutputs: readonly string[]
}

export type Value = JavaScriptValue
export interface Inputs {
  [key: string]: Value
}

export interface MonitorOptions {
  readonly stack: string
  readonly project: string
  readonly preview: boolean
  /** Answers beside the usual ones, by token. */
  readonly invokes?: Invokes
  /** What AWS says when it refuses to make this; null: it is made. */
  readonly refusal?: (made: Planned) => string | null
}

/** Whose fault it is: the program asked for what cannot be, or AWS refused. */
export interface Refusal {
  readonly by: 'program' | 'aws'
  readonly message: string
}

export const STACK_TYPE = 'pulumi:pulumi:Stack'

export class ResourceMonitor {
  readonly resources: Planned[] = []
  readonly invoked: string[] = []
  /** By URN: what components and the stack gave out. */
  readonly outputs = new Map<string, Opened>()
  readonly #options: MonitorOptions

  constructor(options: MonitorOptions) {
    this.#options = options
  }

  register(request: resource.RegisterResourceRequest): Result<resource.RegisterResourceResponse, Refusal> {
    const planned = this.#planned(request)
    if (this.resources.some((one) => one.urn === planned.urn)) {
      return err({ by: 'program', message: `Duplicate resource URN '${planned.urn}'` })
    }
    this.resources.push(planned)
    const { preview, refusal } = this.#options
    const refused = preview ? null : (refusal?.(planned) ?? null)
    if (refused !== null) return err({ by: 'aws', message: refused })

    const answer = new resource.RegisterResourceResponse()
    answer.setUrn(planned.urn)
    const made = planned.custom && !preview
    // A Region stands behind the id of what is looked for in another than the provider's.
    if (made) answer.setId(planned.importId.replace(/@[a-z-]+-\d$/, '') || idOf(planned))
    const raw = fieldsOf(request.getObject())
    const all = completed(raw, computedOf(planned), made)
    answer.setObject(struct.Struct.fromJavaScript({ ...all, ...secretsOf(planned, all) }))
    return ok(answer)
  }

  invoke(request: resource.ResourceInvokeRequest): resource.ResourceInvokeResponse {
    const token = request.getTok()
    this.invoked.push(token)
    const answer = { ...INVOKES, ...this.#options.invokes }[token]
    if (answer === undefined)
      throw new Error(`Nobody answers ${token} here: add it to test/support/computed.ts`)
    const response = new resource.ResourceInvokeResponse()
    response.setReturn(struct.Struct.fromJavaScript(answer(opened(fieldsOf(request.getArgs())).values)))
    return response
  }

  registerOutputs(request: resource.RegisterResourceOutputsRequest): void {
    this.outputs.set(request.getUrn(), opened(fieldsOf(request.getOutputs())))
  }

  #planned(request: resource.RegisterResourceRequest): Planned {
    const { values, secrets } = opened(fieldsOf(request.getObject()))
    return {
      urn: this.#urnOf(request),
      type: request.getType(),
      name: request.getName(),
      custom: request.getCustom(),
      inputs: values,
      secretInputs: secrets,
      parent: isOfStack(request.getParent()) ? null : nameOf(request.getParent()),
      protect: request.getProtect() ?? false,
      retainOnDelete: request.getRetainondelete() ?? false,
      dependsOn: namesOf(request.getDependenciesList()),
      inputDependsOn: inputsOf(request),
      provider: request.getProvider(),
      version: request.getVersion(),
      importId: request.getImportid(),
      ignoreChanges: request.getIgnorechangesList(),
      replaceOnChanges: request.getReplaceonchangesList(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      secretOutputs: request.getAdditionalsecretoutputsList(),
    }
  }

  #urnOf(request: resource.RegisterResourceRequest): string {
    const { stack, project } = this.#options
    const above = isOfStack(request.getParent()) ? '' : `${typesOf(request.getParent())}$`
    return `urn:pulumi:${stack}::${project}::${above}${request.getType()}::${request.getName()}`
  }
}

const typesOf = (urn: string): string => urn.split('::')[2] ?? ''
const nameOf = (urn: string): string => urn.split('::')[3] ?? ''
const isOfStack = (parent: string): boolean => parent === '' || typesOf(parent) === STACK_TYPE
const namesOf = (urns: readonly string[]): string[] => [...new Set(urns.map(nameOf))].toSorted()

function inputsOf(request: resource.RegisterResourceRequest): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {}
  request.getPropertydependenciesMap().forEach((on, input) => {
    if (on.getUrnsList().length > 0) found[input] = namesOf(on.getUrnsList())
  })
  return found
}

const idOf = (planned: Planned): string => {
  const id = computedOf(planned)['id']
  return typeof id === 'string' ? id : `${planned.name}-id`
}

const fieldsOf = (struct: Struct | undefined): Inputs => struct?.toJavaScript() ?? {}
/** Inputs with AWS's answers beside them; in a preview those are not there, and unknown inside of what is. */
function completed(inputs: Inputs, computed: Inputs, made: boolean): Inputs {
  // An input left out is a null on the wire.
  const given = Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== null))
  const inside = Object.entries(computed).flatMap(([key, value]) => {
    const outer = given[key] ?? null
    if (!isRecord(value) || !isRecord(outer)) return []
    const unknown = Object.keys(value).map((one) => [one, pulumi.runtime.unknownValue])
    return [[key, { ...(made ? value : Object.fromEntries(unknown)), ...outer }]]
  })
  return { ...(made ? computed : {}), ...given, ...Object.fromEntries(inside) }
}

const isRecord = (value: Value): value is Inputs => isObject(value) && !Array.isArray(value)

/** What the provider says is secret, marked; in a preview secret and unknown. */
const secretsOf = ({ secretOutputs }: Planned, all: Inputs): Inputs =>
  Object.fromEntries(
    secretOutputs.map((key) => [
      key,
      {
        [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig,
        value: all[key] ?? pulumi.runtime.unknownValue,
      },
    ]),
  )

export interface Opened {
  readonly values: Inputs
  /** Paths of what was secret, with dots; a path's parts below it are not named again. */
  readonly secrets: readonly string[]
}

/** Values as they travel: a secret and a reference to a resource are objects with a signature, the unknown is a text. */
function opened(fields: Inputs): Opened {
  const secrets: string[] = []
  const open = (value: Value, path: string): Value => {
    if (value === pulumi.runtime.unknownValue) return UNKNOWN
    if (Array.isArray(value)) return value.map((one, index) => open(one, `${path}.${index}`))
    if (!isObject(value)) return value
    const signature = value[pulumi.runtime.specialSigKey]
    if (signature === pulumi.runtime.specialSecretSig) {
      secrets.push(path)
      return open(value['value'] ?? null, path)
    }
    if (signature === pulumi.runtime.specialResourceSig) return value['urn'] ?? null
    return openAll(value, `${path}.`)
  }
  const openAll = (values: Inputs, prefix: string): Inputs =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [key, open(value, `${prefix}${key}`)]))
  return { values: openAll(fields, ''), secrets }
}

const isObject = (value: Value): value is Inputs => typeof value === 'object' && value !== null
