CREATE TABLE `sign_ins` (
	`id` text PRIMARY KEY NOT NULL,
	`token_sha256` text NOT NULL,
	`browser_sha256` text NOT NULL,
	`email` text,
	`person_mac` text NOT NULL,
	`place_mac` text NOT NULL,
	`asked_ms` integer NOT NULL,
	`used_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sign_ins_token_sha256_unique` ON `sign_ins` (`token_sha256`);--> statement-breakpoint
CREATE INDEX `sign_ins_person` ON `sign_ins` (`person_mac`,`asked_ms`);--> statement-breakpoint
CREATE INDEX `sign_ins_place` ON `sign_ins` (`place_mac`,`asked_ms`);--> statement-breakpoint
CREATE INDEX `sign_ins_asked` ON `sign_ins` (`asked_ms`);--> statement-breakpoint
CREATE INDEX `sign_ins_email` ON `sign_ins` ("email" collate nocase) WHERE "sign_ins"."email" is not null;--> statement-breakpoint
CREATE TABLE `workspaces` (
	`id` text PRIMARY KEY NOT NULL,
	`account` text NOT NULL,
	`created_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `workspaces_account` ON `workspaces` (`account`);--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `workspace` text;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `erased_ms` integer;--> statement-breakpoint
CREATE INDEX `subscriptions_workspace` ON `subscriptions` (`workspace`) WHERE "subscriptions"."workspace" is not null;--> statement-breakpoint
CREATE INDEX `subscriptions_kept` ON `subscriptions` ("detail" ->> '$.end.at') WHERE "subscriptions"."state" = 'ended' and "subscriptions"."erased_ms" is null;--> statement-breakpoint
CREATE INDEX `contacts_email` ON `contacts` ("email" collate nocase);--> statement-breakpoint
CREATE INDEX `outbox_over` ON `outbox` (`settled_ms`) WHERE "outbox"."state" in ('delivered', 'skipped');