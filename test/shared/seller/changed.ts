/** The repository's own configuration with some fields changed, as a value nobody has checked. */
import config from '../../../seller.config.ts'
import { checkSeller } from '../../../shared/seller/define.ts'

type Loose = Record<string, unknown>

/** `changes` by path, e.g. `products[0].code`; undefined leaves the field out. Nothing is shared between products. */
export function changed(changes: Readonly<Record<string, unknown>>): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(config))
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split(/[.[\]]+/).filter((step) => step !== '')
    const last = steps.pop() ?? ''
    let at = copy as Loose
    for (const step of steps) at = at[step] as Loose
    if (value === undefined) delete at[last]
    else at[last] = value
  }
  return copy
}

/** Every mistake of a configuration as the line a person reads. */
export function saidOf(config: unknown): string[] {
  const checked = checkSeller(config)
  return checked.ok ? [] : checked.error.map(({ path, got, remedy }) => `${path}: got ${got}. ${remedy}`)
}
