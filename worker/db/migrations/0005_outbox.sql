CREATE TABLE `outbox` (
	`id` text PRIMARY KEY NOT NULL,
	`subscription` text NOT NULL,
	`channel` text NOT NULL,
	`kind` text NOT NULL,
	`key` text NOT NULL,
	`at_ms` integer NOT NULL,
	`body` text NOT NULL,
	`stale_ms` integer,
	`state` text DEFAULT 'waiting' NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_ms` integer,
	`queued_ms` integer,
	`give_up_ms` integer NOT NULL,
	`outcome` text,
	`created_ms` integer NOT NULL,
	`settled_ms` integer,
	CONSTRAINT "outbox_channel" CHECK("outbox"."channel" in ('webhook', 'sns', 'mail')),
	CONSTRAINT "outbox_state" CHECK("outbox"."state" in ('waiting', 'delivered', 'parked', 'skipped'))
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_decision` ON `outbox` (`subscription`,`key`,`channel`);--> statement-breakpoint
CREATE INDEX `outbox_waiting` ON `outbox` (`channel`,`next_ms`) WHERE "outbox"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX `outbox_parked` ON `outbox` (`channel`,`settled_ms`) WHERE "outbox"."state" = 'parked';--> statement-breakpoint
CREATE TABLE `receivers` (
	`channel` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`since_ms` integer
);
