/** Where the spool is, which journal it keeps there, and how its folders are told apart (money §11, G.2 fault 33). */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { journalFor } from '../../../container/spool/file-system.ts'
import { hashOf, readOwner, shelvesOf, signOfCopy } from '../../../container/spool/owner.ts'
import { choosePlace } from '../../../container/spool/place.ts'
import { CODE, count, handClock, newVolume, openTask } from './subject.ts'

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-place-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('the spool is in the first folder that can be written, made if it has to be', () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'file'), '')
  const [refused, taken] = [join(folder, 'file', 'spool'), join(folder, 'a', 'b')]
  const chosen = choosePlace([refused, taken, join(folder, 'c')])
  expect(chosen).toMatchObject({ ok: true, value: { root: taken } })
  expect(readdirSync(folder).toSorted()).toEqual(['a', 'file'])
  expect(readdirSync(taken)).toEqual(['volume.id'])
})

test('where no folder can be written, one line names each, what the system said, and whose move it is', () => {
  const folder = newFolder()
  writeFileSync(join(folder, 'file'), '')
  const [one, two] = [join(folder, 'file', 'one'), join(folder, 'file', 'two')]
  expect(choosePlace([one, two])).toEqual({
    ok: false,
    error: {
      kind: 'no-place',
      why: `No folder for the spool can be written (${one}: ENOTDIR; ${two}: ENOTDIR). Platform team: mount a writable volume and name it in TOLLGATE_SPOOL.`,
    },
  })
})

test.skipIf(process.platform !== 'linux')(
  'where the system makes no folder at all, it is refused and not waited for',
  () => {
    expect(choosePlace(['/proc/none'])).toMatchObject({
      ok: false,
      error: { why: expect.stringContaining('/proc/none: ENOENT') },
    })
  },
)

test('a volume keeps its id, whoever looks', () => {
  const folder = newFolder()
  const [first, second] = [choosePlace([folder]), choosePlace([folder])]
  expect(first).toEqual(second)
  expect(choosePlace([newFolder()])).not.toEqual(first)
})

test.each([
  ['ext4', 0xef53, 'wal'],
  ['XFS', 0x58465342, 'wal'],
  ['overlayfs', 0x794c7630, 'wal'],
  ['tmpfs', 0x01021994, 'wal'],
  ['Btrfs, as a signed number', 0x9123683e | 0, 'wal'],
  ['NFS: EFS', 0x6969, 'delete'],
  ['SMB', 0xff534d42, 'delete'],
  ['FUSE', 0x65735546, 'delete'],
  ['one that nobody knows', 0x1a, 'delete'],
] as const)('on %s the journal is right (money §11)', (_, type, journal) => {
  expect(journalFor(type)).toBe(journal)
})

test.each(['wal', 'delete'] as const)('with journal %s no other kind of journal is made', (journal) => {
  const spool = openTask(newVolume(journal), 'task/1', handClock())
  count(spool, 'a')
  const kept = readdirSync(spool.folder).filter((name) => name.startsWith('ledger'))
  const other = journal === 'wal' ? 'ledger.sqlite-journal' : 'ledger.sqlite-wal'
  expect(kept).not.toContain(other)
  expect(kept).not.toContain('ledger.sqlite-shm')
})

test('a folder that its owner made is no copy; copied, renamed, or on another volume it is one', () => {
  const place = newVolume()
  const spool = openTask(place, 'task/1', handClock())
  count(spool, 'a')
  spool.close()
  const owner = readOwner(spool.folder)
  if (owner === null) throw new Error('no owner')
  const { tasks } = shelvesOf(place.root, CODE)
  const signs = (folder: string, volume = place.volume) => signOfCopy(folder, owner, volume)
  expect(signs(spool.folder)).toBe(null)
  expect(signs(spool.folder, 'another')).toBe('it was made on another volume')
  const elsewhere = join(place.root, 'elsewhere', hashOf('task/1'))
  cpSync(tasks, join(place.root, 'elsewhere'), { recursive: true })
  expect(signs(elsewhere)).toBe('its ledger is not the file that its owner made')
  mkdirSync(join(tasks, hashOf('task/2')))
  expect(signs(join(tasks, hashOf('task/2')))).toBe('its name is not its owner’s')
})

test('a product code that could leave the folder is refused', () => {
  expect(() => shelvesOf('/spool', '../other')).toThrow('../other cannot name a folder')
})
