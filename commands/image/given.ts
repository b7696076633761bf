/** The words of `npm run image`, read; what cannot be read is a sentence about it. No I/O. */
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../../shared/result.ts'

export const TOOLS = ['docker', 'buildah', 'podman'] as const
export type ToolName = (typeof TOOLS)[number]

export interface Given {
  /** Only this product's code is trusted; absent: every container product's. */
  readonly product?: string
  /** For the seller's own service (`TOLLGATE_TARGET=edge`): no code is trusted. */
  readonly edge: boolean
  /** The version in the tag and the labels; absent: package.json's. */
  readonly version?: string
  readonly tool?: ToolName
  /** The base's name, in place of container/base.json's. */
  readonly base?: string
  readonly baseDigest?: string
  /** A folder with the init of each platform, in place of the release that container/init.json pins. */
  readonly init?: string
  /** The folder that is written. */
  readonly out?: string
  /** Ask the registry for the base's digest again. */
  readonly pin: boolean
  readonly dryRun: boolean
}

export const HELP = `npm run image -- [flags]: builds the container's image for every platform that seller.config.ts names,
without attestations, checks the index, and writes the list of what is in it (CycloneDX) beside it.

  --product KEY       trust this product's code only (default: each container product's)
  --edge              trust no code: for your own service, which reports to the edge
  --version V         the tag and the label (default: package.json's version)
  --tool NAME         docker, buildah or podman (default: the first that is there)
  --base NAME         another base than container/base.json names; needs Node 24 and glibc
  --base-digest D     its digest, sha256:… of the index over both platforms
  --init DIR          take tini-static-amd64 and tini-static-arm64 from there, unchecked, instead of the pinned release
  --pin               ask the registry for the base's digest again, and keep it in container/base.json
  --out DIR           where the image and the list are written (default: dist/image)
  --dry-run           say the commands, run none`

/** The flags of a line. */
export function readGiven(args: readonly string[]): Result<Given | 'help', string> {
  let values
  try {
    ;({ values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean', short: 'h' },
        product: { type: 'string' },
        version: { type: 'string' },
        edge: { type: 'boolean', default: false },
        tool: { type: 'string' },
        base: { type: 'string' },
        'base-digest': { type: 'string' },
        init: { type: 'string' },
        out: { type: 'string' },
        pin: { type: 'boolean', default: false },
        'dry-run': { type: 'boolean', default: false },
      },
    }))
  } catch (cause) {
    const said = cause instanceof Error ? (cause.message.split('. ')[0] ?? '') : String(cause)
    return err(`${said}: see --help`)
  }
  const { help, product, version, base, init, out, pin } = values
  if (help) return ok('help')
  const tool = TOOLS.find((name) => name === values.tool)
  if (values.tool !== undefined && tool === undefined)
    return err(`--tool ${values.tool} is none of ${TOOLS.join(', ')}`)
  if (version !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(version))
    return err(`--version ${version} cannot be a tag: letters, digits, points, dashes, at most 128`)
  if (version === 'latest') return err('--version latest is refused by AWS Marketplace: give a version')
  const baseDigest = values['base-digest']
  if (baseDigest !== undefined && !isDigest(baseDigest))
    return err(`--base-digest ${baseDigest} is no digest: give sha256: and 64 hex digits`)
  return ok({
    ...(product === undefined ? {} : { product }),
    ...(version === undefined ? {} : { version }),
    ...(tool === undefined ? {} : { tool }),
    ...(base === undefined ? {} : { base }),
    ...(baseDigest === undefined ? {} : { baseDigest }),
    ...(init === undefined ? {} : { init }),
    ...(out === undefined ? {} : { out }),
    edge: values.edge,
    pin,
    dryRun: values['dry-run'],
  })
}

export const isDigest = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text)
