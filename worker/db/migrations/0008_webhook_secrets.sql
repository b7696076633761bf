CREATE TABLE `webhook_secrets` (
	`id` text PRIMARY KEY NOT NULL,
	`sealed` text NOT NULL,
	`name` text NOT NULL,
	`created_ms` integer NOT NULL,
	`revoked_ms` integer
);
