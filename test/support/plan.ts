/**
 * `planOf(build)`: which resources `build` registers, under Pulumi's mocks in this process. It proves type, name, inputs
 * and options; not that AWS accepts them. Leaves nothing of Pulumi's runtime behind: files of the suite share a process.
 */
import pulumi from '@pulumi/pulumi'
import resource from '@pulumi/pulumi/proto/resource_pb.js'
import type { PolicyDocument } from '../../infra/policy.ts'
import { REGION } from './computed.ts'
import { ResourceMonitor, type MonitorOptions, type Planned } from './resource-monitor.ts'

export { ACCOUNT, REGION } from './computed.ts'
export { UNKNOWN, type Planned } from './resource-monitor.ts'

export interface PlanOptions extends Partial<Pick<MonitorOptions, 'stack' | 'preview' | 'invokes'>> {
  /** The stack's config, keys with their project: `tollgate:metering`. */
  readonly config?: Readonly<Record<string, string>>
}

/** One after the other: Pulumi keeps one monitor for the whole process. */
let last: Promise<unknown> = Promise.resolve()

/** In the order of their registration. @throws what `build` throws, and what the monitor refuses. */
export function planOf(build: () => unknown, options: PlanOptions = {}): Promise<readonly Planned[]> {
  const next = last.then(() => quickly(() => plan(build, options)))
  last = next.catch(() => undefined)
  return next
}

/** Of an output, inside `build`; never answers for what is unknown. */
export const valueOf = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => void output.apply((value) => resolve(value)))

/** The one resource of this name (and type, where a name is used twice). @throws Error when there is none or are two. */
export function resourceOf(planned: readonly Planned[], name: string, type?: string): Planned {
  const found = planned.filter((one) => one.name === name && (type === undefined || one.type === type))
  const [only] = found
  if (only === undefined || found.length > 1) {
    throw new Error(`${found.length} resources are named ${name}; there are ${listOf(planned).join(', ')}`)
  }
  return only
}

/** `type name` of each, sorted: what a table of expected resources holds. */
export const listOf = (planned: readonly Planned[]): string[] =>
  planned.map(({ type, name }) => `${type} ${name}`).toSorted()

/** An IAM document that was given as text. */
export const documentIn = (of: Planned, input = 'policy'): PolicyDocument => JSON.parse(textIn(of, input))

/** An input that is a text. @throws Error when it is none. */
export function textIn(of: Planned, input: string): string {
  const text = of.inputs[input]
  if (typeof text !== 'string')
    throw new Error(`${of.name} has no text at ${input}, but ${JSON.stringify(text)}`)
  return text
}

/** Pulumi keeps a stack trace of every resource and output, two thirds of a plan's time. A plan that fails is made again, with them. */
async function quickly<T>(planned: () => Promise<T>): Promise<T> {
  const { stackTraceLimit } = Error
  try {
    Error.stackTraceLimit = 0
    return await planned()
  } catch {
    Error.stackTraceLimit = stackTraceLimit
    return await planned()
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

async function plan(
  build: () => unknown,
  { stack = 'prod', preview = false, config = {}, ...rest }: PlanOptions,
): Promise<readonly Planned[]> {
  const monitor = new ResourceMonitor({ stack, project: 'tollgate', preview, ...rest })
  const refused: Error[] = []
  await pulumi.runtime.setMocks(UNUSED, 'tollgate', stack, preview, 'organization')
  Object.assign(pulumi.runtime.getMonitor() ?? {}, asClient(monitor, refused))
  pulumi.runtime.setAllConfig({ 'aws:region': REGION, ...config })
  try {
    await build()
    await pulumi.runtime.disconnect()
    if (refused[0]) throw refused[0]
    return monitor.resources
  } finally {
    pulumi.runtime.setAllConfig({})
    pulumi.runtime.resetOptions('', '', -1, '', '', false, '')
  }
}

/** Pulumi's mocks are not told options, protection and dependencies; the monitor behind them is. */
const UNUSED: pulumi.runtime.Mocks = {
  newResource: ({ name }) => ({ id: name, state: {} }),
  call: () => ({}),
}

type Answer<T> = (error: null, response: T) => void

/**
 * The monitor as Pulumi's gRPC client looks to the runtime. A refusal is told at the end: told at once, Pulumi leaves a
 * rejected promise behind for each input that depends on what was refused.
 */
function asClient(monitor: ResourceMonitor, refused: Error[]) {
  const answering =
    <Request, Response>(answer: (request: Request) => Response, otherwise: () => Response) =>
    (request: Request, done: Answer<Response>): void => {
      try {
        done(null, answer(request))
      } catch (thrown) {
        refused.push(thrown instanceof Error ? thrown : new Error(String(thrown)))
        done(null, otherwise())
      }
    }
  return {
    registerResource: answering(
      (request: resource.RegisterResourceRequest) => {
        const made = monitor.register(request)
        if (!made.ok) throw new Error(made.error.message)
        return made.value
      },
      () => new resource.RegisterResourceResponse(),
    ),
    registerResourceOutputs: answering(
      (request: resource.RegisterResourceOutputsRequest) => monitor.registerOutputs(request),
      () => undefined,
    ),
    invoke: answering(
      (request: resource.ResourceInvokeRequest) => monitor.invoke(request),
      () => new resource.ResourceInvokeResponse(),
    ),
    close: () => undefined,
  }
}
