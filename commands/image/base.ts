/** The base the image stands on: what container/base.json says, or the flags, or what the registry answers, kept from then on. */
import { readFileSync, writeFileSync } from 'node:fs'
import { err, ok, type Result } from '../../shared/result.ts'
import { isDigest, type Given } from './given.ts'
import { findDigest } from './pin.ts'

export interface Base {
  readonly image: string
  readonly digest: string
}

/** The base. A digest that was asked for anew is written to `file`; `say` is told. With --dry-run nothing is asked. */
export async function findBase(
  file: string,
  given: Pick<Given, 'base' | 'baseDigest' | 'pin' | 'dryRun'>,
  say: (line: string) => void,
): Promise<Result<Base, string>> {
  const kept: { readonly image: string; readonly digest?: string } = JSON.parse(readFileSync(file, 'utf8'))
  const image = given.base ?? kept.image
  if (given.baseDigest !== undefined) return ok({ image, digest: given.baseDigest })
  const known = given.base === undefined ? kept.digest : undefined
  if (known !== undefined && !given.pin)
    return isDigest(known) ? ok({ image, digest: known }) : err(`${file} holds no digest: run with --pin`)
  if (given.dryRun) return ok({ image, digest: '<the digest that its registry answers>' })
  const digest = await findDigest(image)
  if (!digest.ok) return digest
  if (given.base === undefined) {
    writeFileSync(file, `${JSON.stringify({ image, digest: digest.value }, null, 2)}\n`)
    say(`pinned ${image}@${digest.value} in container/base.json: commit it`)
  }
  return ok({ image, digest: digest.value })
}
