/** The credentials a Submitter signs with, read from its environment once a process. */
import { err, ok, type Result } from '../../shared/result.ts'
import { describeBadSettings, readSettings, type AwsAccess } from '../env.ts'

let read: Result<AwsAccess, string> | undefined

/** The access, or the sentence that names what is missing. */
export function accessOf(env: Env): Result<AwsAccess, string> {
  if (read === undefined) {
    const settings = readSettings(env)
    read = settings.ok ? ok(settings.value.aws) : err(describeBadSettings(settings.error))
  }
  return read
}
