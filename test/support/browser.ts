/**
 * A real browser for tests: the one from npm on Linux x64 (`@sparticuz/chromium`), elsewhere the system's Chrome, Edge or
 * Chromium. Launched with arguments of our own: the package's default ones switch web security off.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium } from 'playwright-core'
import { ROOT } from './system.ts'

interface Found {
  readonly executable: string
  /** What must stand in its environment to find its libraries and fonts. */
  readonly environment: Readonly<Record<string, string>>
}

const ARGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
]

/** Where a system keeps its own, in the order we take them. */
const INSTALLED: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  linux: [
    '/usr/bin/google-chrome',
    '/usr/bin/microsoft-edge',
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/snap/bin/chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
}

/** The browser of this machine; undefined when there is none, said in one line. */
export async function findBrowser(): Promise<Found | undefined> {
  const packed = process.platform === 'linux' && process.arch === 'x64' ? await unpacked() : undefined
  if (packed !== undefined) return packed
  const executable = INSTALLED[process.platform]?.find((path) => existsSync(path))
  if (executable !== undefined) return { executable, environment: {} }
  console.warn('no browser: the browser tests are skipped; install Chrome, Edge or Chromium to run them')
  return undefined
}

/** Starts the browser. Without its sandbox only as root, where Chromium does not start with one. */
export function launchBrowser({ executable, environment }: Found): Promise<Browser> {
  const root = process.getuid?.() === 0
  return chromium.launch({
    executablePath: executable,
    args: root ? [...ARGS, '--no-sandbox'] : ARGS,
    chromiumSandbox: !root,
    env: { ...(process.env as Record<string, string>), ...environment },
  })
}

/**
 * Unpacks the package once an installation. It unpacks into TMPDIR and takes whatever lies there for whole, so it gets
 * a folder of its own that is renamed when it is: a killed test run leaves no half browser. With AWS_EXECUTION_ENV
 * it brings the libraries a bare system lacks. Source: @sparticuz/chromium 153.0.0, `build/helper.js` (2026-11-21).
 */
async function unpacked(): Promise<Found | undefined> {
  const home = join(ROOT, 'node_modules', '.cache', 'tollgate-chromium')
  const executable = join(home, 'chromium')
  if (!existsSync(executable)) {
    const draft = `${home}.${process.pid}`
    await mkdir(draft, { recursive: true })
    const script = "import('@sparticuz/chromium').then((it) => it.default.executablePath())"
    await promisify(execFile)(process.execPath, ['-e', script], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: draft, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    })
    // Its own list of fonts names folders of AWS Lambda.
    const fonts = `<fontconfig><dir>${home}/fonts</dir><cachedir>${home}/fonts-cache</cachedir></fontconfig>`
    await writeFile(join(draft, 'fonts', 'fonts.conf'), `<?xml version="1.0"?>\n${fonts}\n`)
    // Another run may have been faster: then its copy is as good.
    await rename(draft, home).catch(() => rm(draft, { recursive: true, force: true }))
  }
  if (!existsSync(executable)) return undefined
  return {
    executable,
    environment: {
      LD_LIBRARY_PATH: join(home, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(home, 'fonts'),
    },
  }
}
