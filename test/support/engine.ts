/**
 * `runProgram`: the real program of `pulumi up` and `pulumi preview`, in a process of its own, against an engine small enough
 * to read: the resource monitor of ./resource-monitor.ts over gRPC. It proves what the program asks for; not that AWS or the
 * provider's schema takes it.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import {
  Server,
  ServerCredentials,
  status,
  type handleUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import empty from 'google-protobuf/google/protobuf/empty_pb.js'
import engine from '@pulumi/pulumi/proto/engine_pb.js'
import engineGrpc from '@pulumi/pulumi/proto/engine_grpc_pb.js'
import resource from '@pulumi/pulumi/proto/resource_pb.js'
import resourceGrpc from '@pulumi/pulumi/proto/resource_grpc_pb.js'
import {
  ResourceMonitor,
  STACK_TYPE,
  type MonitorOptions,
  type Opened,
  type Planned,
} from './resource-monitor.ts'
import { stackConfig, type Given } from './stack-config.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const RUNNER = fileURLToPath(import.meta.resolve('@pulumi/pulumi/cmd/run/index.js'))
const PROJECT = 'tollgate'

/** Writes the peak of its memory, in KiB, when it ends. */
const WEIGHED = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))",
)}`

export interface RunOptions extends Partial<Omit<MonitorOptions, 'project'>> {
  /** From the repository's root, or absolute; default: the deployment's own. */
  readonly program?: string
  /** Over Pulumi.yaml's defaults. */
  readonly config?: Given
  /** Arguments of Node itself. */
  readonly nodeArguments?: readonly string[]
}

export interface Ran {
  /** 0; 32 when the program said what is wrong; 0 too when the engine ended it, and `errors` says why. */
  readonly exit: number | null
  /** What it printed by itself. */
  readonly printed: string
  /** What it told the engine as an error, in order. */
  readonly errors: readonly string[]
  readonly resources: readonly Planned[]
  /** Of the stack. */
  readonly outputs: Opened
  readonly invoked: readonly string[]
  readonly seconds: number
  readonly peakBytes: number
}

/** Programs of some 400 MB at once; further ones wait. */
const AT_ONCE_MAX = 2
const turns: Promise<unknown>[] = Array.from({ length: AT_ONCE_MAX }, () => Promise.resolve())
let asked = 0

export function runProgram(options: RunOptions = {}): Promise<Ran> {
  const turn = asked++ % AT_ONCE_MAX
  const ran = (turns[turn] ?? Promise.resolve()).then(() => runNow(options))
  turns[turn] = ran.catch(() => undefined)
  return ran
}

async function runNow(options: RunOptions): Promise<Ran> {
  const { stack = 'prod', preview = false, program = 'infra/main.mjs' } = options
  const monitor = new ResourceMonitor({ ...options, stack, preview, project: PROJECT })
  const errors: string[] = []
  const server = new Server()
  server.addService(resourceGrpc.ResourceMonitorService, monitorService(monitor, errors))
  server.addService(engineGrpc.EngineService, engineService(errors))
  const started = performance.now()
  try {
    const ended = await run(program, options, stack, preview, await listen(server))
    return {
      ...ended,
      errors,
      seconds: (performance.now() - started) / 1000,
      resources: monitor.resources.filter(({ type }) => type !== STACK_TYPE),
      outputs: outputsOf(monitor),
      invoked: monitor.invoked,
    }
  } finally {
    server.forceShutdown()
  }
}

const outputsOf = (monitor: ResourceMonitor): Opened => {
  const stack = monitor.resources.find(({ type }) => type === STACK_TYPE)
  return monitor.outputs.get(stack?.urn ?? '') ?? { values: {}, secrets: [] }
}

const listen = (server: Server): Promise<string> =>
  new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    )
  })

type Ended = Pick<Ran, 'exit' | 'printed' | 'peakBytes'>

function run(
  program: string,
  options: RunOptions,
  stack: string,
  preview: boolean,
  at: string,
): Promise<Ended> {
  const { config = {}, nodeArguments = [] } = options
  const child = spawn(
    process.execPath,
    [
      ...nodeArguments,
      '--import',
      WEIGHED,
      RUNNER,
      `--monitor=${at}`,
      `--engine=${at}`,
      `--project=${PROJECT}`,
      `--stack=${stack}`,
      '--organization=organization',
      `--root-directory=${ROOT}`,
      `--pwd=${ROOT}`,
      '--parallel=8',
      ...(preview ? ['--dry-run'] : []),
      program,
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(stackConfig(config)),
        PULUMI_CONFIG_SECRET_KEYS: '[]',
      },
    },
  )
  let printed = ''
  let peak = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (part: Buffer) => (printed += part.toString()))
  child.stdio[3]?.on('data', (part: Buffer) => (peak += part.toString()))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exit) => resolve({ exit, printed, peakBytes: Number(peak) * 1024 }))
  })
}

/** After AWS refused something the engine takes nothing more, and says itself what it was: as Pulumi's own. */
function monitorService(monitor: ResourceMonitor, errors: string[]): UntypedServiceImplementation {
  let ended = false
  const register: handleUnaryCall<Registration, resource.RegisterResourceResponse> = (call, answer) => {
    if (ended) return answer({ code: status.UNAVAILABLE, details: 'the update has failed' })
    const made = monitor.register(call.request)
    if (made.ok) return answer(null, made.value)
    if (made.error.by === 'program')
      return answer({ code: status.INVALID_ARGUMENT, details: made.error.message })
    ended = true
    errors.push(made.error.message)
    return answer({ code: status.UNAVAILABLE, details: made.error.message })
  }
  return {
    registerResource: register,
    registerResourceOutputs: unary((request: resource.RegisterResourceOutputsRequest) => {
      monitor.registerOutputs(request)
      return new empty.Empty()
    }),
    invoke: unary((request: resource.ResourceInvokeRequest) => monitor.invoke(request)),
    getDeploymentInfo: unary(() => {
      const info = new resource.DeploymentInfo()
      info.setSupportedfeaturesList(FEATURES)
      return info
    }),
    signalAndWaitForShutdown: unary(() => new empty.Empty()),
  }
}

type Registration = resource.RegisterResourceRequest

const { ResourceMonitorFeature } = resource
const FEATURES = [
  ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
  ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
]

const engineService = (errors: string[]): UntypedServiceImplementation => ({
  log: unary((request: engine.LogRequest) => {
    if (request.getSeverity() === engine.LogSeverity.ERROR) errors.push(request.getMessage().trim())
    return new empty.Empty()
  }),
  setRootResource: unary(() => new engine.SetRootResourceResponse()),
})

const unary =
  <Request, Response>(answer: (request: Request) => Response): handleUnaryCall<Request, Response> =>
  (call, done) => {
    try {
      done(null, answer(call.request))
    } catch (thrown) {
      done({ code: status.UNKNOWN, details: thrown instanceof Error ? thrown.message : String(thrown) })
    }
  }
