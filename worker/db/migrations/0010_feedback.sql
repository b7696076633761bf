CREATE TABLE `feedback` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`subscription` text NOT NULL,
	`kind` text NOT NULL,
	`score` integer,
	`message` text NOT NULL,
	`created_ms` integer NOT NULL,
	FOREIGN KEY (`subscription`) REFERENCES `subscriptions`(`id`) ON UPDATE no action ON DELETE no action,
	CONSTRAINT "feedback_score" CHECK("feedback"."score" between 0 and 10)
);
--> statement-breakpoint
CREATE INDEX `feedback_subscription` ON `feedback` (`subscription`,`created_ms`);