/**
 * The state folder: one owner at a time, a marker that says it is ours, and what a run leaves for the next one.
 * Everything else in it belongs to the Worker and the simulator.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { operatorKeyOf } from '../../shared/operator/key.ts'
import { err, ok, type Result } from '../../shared/result.ts'

const MARKER = 'tollgate-state'
const LOCK = 'lock'
const RUN = 'run.json'
const DEMO = 'demo.json'

/** Secrets of this machine's demo, made once a state folder. They protect nothing outside loopback. */
export interface Demo {
  /** Base64 of 32 bytes. */
  readonly sessionSecret: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** `tg_` and 43 base64url characters; the Worker knows its SHA-256 only. */
  readonly apiKey: string
  /** `tgo_` and 43 base64url characters; the Worker knows its SHA-256 only. */
  readonly operatorKey: string
  /** What the simulated API destination sends with each event. */
  readonly eventsPushKey: string
  /** `whsec_` and base64: what signs webhooks to the application, which the simulator plays. */
  readonly webhookSecret: string
}

/** The run that owns, or owned, the folder: its process group, and the mark in each member's environment. */
export interface Run {
  readonly group: number
  readonly mark: string
  readonly startedMs: number
  /** Where the Worker listens. */
  readonly landing: string
}

/** Holds the folder until it is closed or this process ends, however it ends. */
export interface Hold {
  readonly close: () => void
}

/**
 * Makes or takes the folder and holds it; from then on this process makes files for its owner only. The hold is a lock
 * of SQLite's, which the kernel drops with the process: a killed run never leaves the folder locked. The error is a
 * sentence for a person.
 */
export function holdFolder(path: string): Result<Hold, string> {
  // Handed down to every process: the folder itself may be open to everybody.
  process.umask(0o077)
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    const names = readdirSync(path)
    if (names.length > 0 && !names.includes(MARKER))
      return err(`${path} holds files that are not Tollgate's: choose an empty folder with --state`)
    writeFileSync(join(path, MARKER), 'The state of one `npm start`. `npm start -- --fresh` clears it.\n')
    return lock(join(path, LOCK), path)
  } catch (cause) {
    return err(`${path} cannot be used as state folder (${reason(cause)}): choose another with --state`)
  }
}

function lock(file: string, folder: string): Result<Hold, string> {
  const db = new DatabaseSync(file)
  try {
    db.exec('BEGIN EXCLUSIVE')
    return ok({ close: () => db.close() })
  } catch {
    db.close()
    return err(
      `${folder} is in use by another \`npm start\`: end that one, or choose another folder with --state`,
    )
  }
}

/** Forgets everything but the marker and the lock. Only for the one who holds the folder. */
export function clearFolder(path: string): void {
  for (const name of readdirSync(path)) {
    if (name === MARKER || name.startsWith(LOCK)) continue
    rmSync(join(path, name), { recursive: true, force: true })
  }
}

/** The run that wrote last and did not say goodbye, if there was one. */
export function readRun(path: string): Run | undefined {
  return readJson(join(path, RUN)) as Run | undefined
}

export const writeRun = (path: string, run: Run): void => writeJson(join(path, RUN), run)

/** Says goodbye: no process of the run is left, and its temporary files go. */
export function forgetRun(path: string): void {
  rmSync(join(path, RUN), { force: true })
  rmSync(temporaryFolder(path), { recursive: true, force: true })
}

/** Where the run's processes put temporary files, so that none stay behind in the system's. */
export const temporaryFolder = (path: string): string => join(path, 'tmp')

/** The demo's secrets, made at the first start, or when a newer version needs one more. Readable by the owner only. */
export function readDemo(path: string): Demo {
  const file = join(path, DEMO)
  const kept = readJson(file) as Partial<Demo> | undefined
  const demo: Demo = {
    sessionSecret: randomBytes(32).toString('base64'),
    accessKeyId: `AKIA${base32(16)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    apiKey: `tg_${randomBytes(32).toString('base64url')}`,
    operatorKey: operatorKeyOf(randomBytes(32).toString('base64url')),
    eventsPushKey: randomBytes(32).toString('base64url'),
    webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
    ...kept,
  }
  if (Object.keys(demo).some((name) => !Object.hasOwn(kept ?? {}, name))) writeJson(file, demo)
  return demo
}

/** AWS's access key ids are upper-case base32. */
function base32(length: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return Array.from(randomBytes(length), (byte) => letters[byte % 32]).join('')
}

/** What this file wrote earlier; undefined when there is none. */
function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

/** Whole or not at all: a kill between the two steps leaves the old file. */
function writeJson(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

const reason = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
