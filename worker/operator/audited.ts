/** The operator's doors to the audit log (worker/audit/audited.ts). No behaviour of its own. */
export { audited, note, type Done, type Noted } from '../audit/audited.ts'
