CREATE TABLE `agreements` (
	`id` text PRIMARY KEY NOT NULL,
	`product` text NOT NULL,
	`account` text,
	`license_tail` text,
	`status` text NOT NULL,
	`updated_ms` integer,
	`starts_ms` integer,
	`checked_ms` integer NOT NULL,
	`finding` text,
	`finding_ms` integer
);
--> statement-breakpoint
CREATE INDEX `agreements_finding` ON `agreements` (`finding_ms`) WHERE "agreements"."finding" is not null;--> statement-breakpoint
CREATE INDEX `agreements_active` ON `agreements` (`id`) WHERE "agreements"."status" = 'ACTIVE';--> statement-breakpoint
CREATE TABLE `reconciliations` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`started_ms` integer NOT NULL,
	`lease_ms` integer,
	`cursor` text,
	`finished_ms` integer,
	`compared` integer DEFAULT 0 NOT NULL,
	`repaired` integer DEFAULT 0 NOT NULL,
	`contradictions` integer DEFAULT 0 NOT NULL,
	`calls` integer DEFAULT 0 NOT NULL,
	`stopped` text
);
