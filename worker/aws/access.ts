/** The port to AWS's credentials, over the settings. Reads no environment; holds what it was given for one process. */
import { ok } from '../../shared/result.ts'
import type { AwsAccess, AwsSettings } from '../env.ts'

/** The credentials of the moment, for every call to AWS of this process. */
export const openAws = ({ keys, endpoint }: AwsSettings): AwsAccess => ({
  credentials: async () => ok(keys),
  ...(endpoint === undefined ? {} : { endpoint }),
})
