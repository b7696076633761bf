ALTER TABLE `refused_usage` ADD `api_key` text;--> statement-breakpoint
CREATE INDEX `refused_usage_last` ON `refused_usage` (`last_ms`);--> statement-breakpoint
CREATE INDEX `refused_usage_content` ON `refused_usage` (`last_ms`) WHERE "refused_usage"."event" is not null;