/** What a reader follows from page to page: links, headings and npm scripts are there, and what he is told to keep can be kept. */
import { posix } from 'node:path'
import { expect, test } from 'vitest'
import { files, textOf } from './support/repository.ts'

const pages = files.filter((file) => /^(README|CONTRIBUTING|docs\/[^/]+)\.md$/.test(file))
const scripts = Object.keys((JSON.parse(textOf('package.json')) as { readonly scripts: object }).scripts)

/** Fenced blocks hold comments that begin as headings do. */
const withoutCode = (page: string): string => textOf(page).replaceAll(/^```[\s\S]*?^```/gm, '')

/** As GitHub names a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')

const anchorsIn = (page: string): string[] =>
  [...withoutCode(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))

test('each link of a page leads to a file that is there, and to a heading that it has', () => {
  const broken = pages.flatMap((page) =>
    [...withoutCode(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? page : posix.join(posix.dirname(page), path)
        const isThere = files.some((one) => one === file || one.startsWith(`${file.replace(/\/$/, '')}/`))
        return !isThere || (anchor !== undefined && !anchorsIn(file).includes(anchor))
      })
      .map((target) => `${page}: ${target}`),
  )
  expect(broken).toEqual([])
})

test('each npm script that a page names is one', () => {
  const unknown = pages.flatMap((page) =>
    [...textOf(page).matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)]
      .map(([, script = '']) => script)
      .filter((script) => !scripts.includes(script))
      .map((script) => `${page}: npm run ${script}`),
  )
  expect([...new Set(unknown)]).toEqual([])
})

test('a stack’s config can be kept in the repository as Pulumi writes it', () => {
  const { ignorePatterns } = JSON.parse(textOf('.oxfmtrc.json')) as { ignorePatterns: readonly string[] }
  expect(ignorePatterns).toContain('Pulumi.*.yaml')
  expect(textOf('.gitignore')).not.toContain('Pulumi')
})
