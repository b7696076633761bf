/** Which Worker a command speaks to, and with which key: the environment's, or that of a running `npm start`. Reads only. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { objectOf, textMember } from '../../shared/aws/json.ts'
import { isOperatorKey } from '../../shared/operator/key.ts'
import { err, ok, type Result } from '../../shared/result.ts'
import { EXIT, failure, type Failure } from './exit.ts'

export interface Target {
  /** An origin, without a slash at its end. */
  readonly url: string
  readonly key: string
}

/**
 * TOLLGATE_URL and TOLLGATE_OPERATOR_KEY together, or neither and the state folder of a running `npm start`: one of them
 * alone would send a key to the wrong place.
 */
export function findTarget(
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
): Result<Target, Failure> {
  const url = environment['TOLLGATE_URL'] ?? ''
  const key = environment['TOLLGATE_OPERATOR_KEY'] ?? ''
  if (url === '' && key === '') return localTarget(folder)
  if (url === '' || key === '') {
    return err(
      failure(
        EXIT.key,
        'TOLLGATE_URL and TOLLGATE_OPERATOR_KEY are set together: set both, or neither for a local `npm start`.',
      ),
    )
  }
  if (!isSafe(url)) {
    return err(
      failure(
        EXIT.usage,
        'TOLLGATE_URL is the address of your Worker, https://…, or http:// on this machine: correct it.',
      ),
    )
  }
  if (!isOperatorKey(key)) {
    return err(
      failure(
        EXIT.key,
        'TOLLGATE_OPERATOR_KEY is no operator key: it is tgo_ and 43 characters, as the deployment showed it.',
      ),
    )
  }
  return ok({ url: new URL(url).origin, key })
}

function localTarget(folder: string): Result<Target, Failure> {
  const landing = textMember(readJson(join(folder, 'run.json')), 'landing')
  if (landing === undefined) {
    return err(
      failure(
        EXIT.unreachable,
        `no \`npm start\` runs on ${folder}: start one, name its folder with --folder, or set TOLLGATE_URL and TOLLGATE_OPERATOR_KEY for a deployment.`,
      ),
    )
  }
  const key = textMember(readJson(join(folder, 'demo.json')), 'operatorKey')
  return key === undefined
    ? err(
        failure(
          EXIT.key,
          `${folder} has no operator key: end \`npm start\` and start it again, which makes one.`,
        ),
      )
    : ok({ url: landing, key })
}

/** The folder as a person typed it, or the one `npm start` takes by itself. */
export const folderOf = (text: string | undefined): string =>
  text === undefined ? resolve(import.meta.dirname, '..', '..', '.tollgate') : resolve(text)

/** A key leaves this machine over https only. */
function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  const here = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
  return protocol === 'https:' || (protocol === 'http:' && here)
}

function readJson(file: string): object | undefined {
  try {
    return objectOf(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
