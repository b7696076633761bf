/** Which journal a file system can keep (money §11): told by the number its kernel gives it. Pure. */
import type { Journal } from '../sql.ts'

/**
 * File systems on a disk or in the memory of this host. Source: linux/magic.h and statfs(2), f_type (2026-11-21). NFS 0x6969,
 * SMB 0xFF534D42 and 0xFE534D42, CIFS, FUSE 0x65735546, Ceph 0x00C36400, 9p 0x01021997 and Lustre 0x0BD00BD0 are not here.
 */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0x794c7630, // overlayfs: the task's own disk
  0x01021994, // tmpfs: emptyDir of medium Memory
  0x858458f6, // ramfs
])

/**
 * `wal` where the file system is known to be local. Over a network, and for a number nobody here knows (macOS counts
 * otherwise), a rollback journal: slower, and right everywhere. Source: sqlite.org/wal.html, "WAL does not work over a
 * network filesystem" (2026-11-21).
 */
export const journalFor = (type: number): Journal => (LOCAL.has(type >>> 0) ? 'wal' : 'delete')
