/** What a deployment would do, in lines: names of secrets, never a value. Pure. */
import type { Address } from './address.ts'
import type { Names, Standing } from './standing.ts'

export function planLines({
  names,
  standing,
  address,
  vars,
  secrets,
  migrations,
  newKey,
}: {
  readonly names: Names
  readonly standing: Standing
  readonly address: Address
  readonly vars: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
  readonly migrations: readonly string[]
  readonly newKey: boolean
}): readonly string[] {
  const { running } = standing
  const before = running?.vars ?? {}
  const changed = Object.keys(vars).filter((name) => !HASHES.has(name) && before[name] !== vars[name])
  const gone = Object.keys(before).filter((name) => !(name in vars))
  return [
    `would ${standing.database === null ? 'make' : 'keep'} the D1 database ${names.database}`,
    `would ${standing.queue ? 'keep' : 'make'} the queue ${names.queue}`,
    `would apply what is missing of ${migrations.length} migrations, the last being ${migrations.at(-1) ?? 'none'}`,
    ...changed.map(
      (name) => `would set ${name} to ${vars[name]}${name in before ? ` (now ${before[name]})` : ''}`,
    ),
    ...gone.map((name) => `would take ${name} away (now ${before[name]})`),
    `would set the secrets ${Object.keys(secrets).join(', ')}`,
    ...(running === null ? [] : keptLine([...running.secrets].filter((name) => !(name in secrets)))),
    newKey ? 'would make an operator key and show it once' : 'would keep the operator key',
    addressLine(names, address),
    `would deploy ${names.worker}, wait until it is healthy, check it, and ${
      running === null
        ? 'have no version to go back to'
        : `go back to version ${running.version} if it is not well`
    }`,
    'Nothing was changed.',
  ]
}

/** New in each deployment. */
const HASHES = new Set(['DEPLOY_KEY_HASH', 'OPERATOR_KEY_HASH'])

const keptLine = (kept: readonly string[]): readonly string[] =>
  kept.length === 0 ? [] : [`would keep the secrets ${kept.join(', ')}`]

function addressLine({ worker }: Names, address: Address): string {
  switch (address.kind) {
    case 'domain':
      return `would ${address.attached ? 'keep' : 'make'} the custom domain ${address.host}`
    case 'workers-dev':
      return `would answer at the workers.dev name of ${worker}`
    case 'here':
      return 'would make no name: the stack is on this machine'
  }
}
