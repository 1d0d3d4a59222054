CREATE TABLE "webhook_endpoints" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"source" text NOT NULL,
	"url" text NOT NULL,
	"events" text[] NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"off_reason" text,
	"version" integer DEFAULT 1 NOT NULL,
	"secret_version" integer DEFAULT 1 NOT NULL,
	"previous_until" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"failing_since" timestamp with time zone,
	"last_error" text,
	"removed_at" timestamp with time zone,
	CONSTRAINT "webhook_endpoints_removed" CHECK ("webhook_endpoints"."removed_at" is null or not "webhook_endpoints"."enabled")
);
--> statement-breakpoint
CREATE TABLE "webhook_events" (
	"no" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_events_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"batch_id" uuid NOT NULL,
	"type" text NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"data" jsonb NOT NULL,
	"page" integer,
	"after_seq" integer,
	"changed_since" timestamp with time zone,
	"continued" boolean DEFAULT false NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL,
	"try_at" timestamp with time zone DEFAULT now() NOT NULL,
	"leased_until" timestamp with time zone,
	"waits_since" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "webhook_events_state" CHECK ("webhook_events"."state" in ('waiting','delivered','failed')),
	CONSTRAINT "webhook_events_ended" CHECK (("webhook_events"."ended_at" is null) = ("webhook_events"."state" = 'waiting')),
	CONSTRAINT "webhook_events_page" CHECK (num_nulls("webhook_events"."page", "webhook_events"."after_seq") = case when "webhook_events"."type" = 'batch.lines' then 0 else 2 end)
);
--> statement-breakpoint
CREATE TABLE "webhook_looks" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_looks_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"batch_no" integer NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"look_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "webhook_settled" (
	"batch_no" integer PRIMARY KEY NOT NULL,
	"data" jsonb NOT NULL,
	"settled_at" timestamp with time zone DEFAULT now() NOT NULL,
	"previous_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "webhook_tries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "webhook_tries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"endpoint_id" uuid NOT NULL,
	"event_id" uuid NOT NULL,
	"batch_id" uuid NOT NULL,
	"type" text NOT NULL,
	"try_no" integer NOT NULL,
	"taken" boolean NOT NULL,
	"status" integer,
	"error" text,
	"took_ms" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "webhook_endpoints" ADD CONSTRAINT "webhook_endpoints_source_sources_name_fk" FOREIGN KEY ("source") REFERENCES "public"."sources"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "webhook_events" ADD CONSTRAINT "webhook_events_endpoint_id_webhook_endpoints_id_fk" FOREIGN KEY ("endpoint_id") REFERENCES "public"."webhook_endpoints"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "webhook_endpoints_source" ON "webhook_endpoints" USING btree ("source");--> statement-breakpoint
CREATE UNIQUE INDEX "webhook_events_id" ON "webhook_events" USING btree ("id");--> statement-breakpoint
CREATE INDEX "webhook_events_due" ON "webhook_events" USING btree ("endpoint_id","try_at") WHERE "webhook_events"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "webhook_events_waiting" ON "webhook_events" USING btree ("endpoint_id","batch_id","no") WHERE "webhook_events"."state" = 'waiting';--> statement-breakpoint
CREATE INDEX "webhook_events_told" ON "webhook_events" USING btree ("endpoint_id","batch_id","no") WHERE "webhook_events"."type" <> 'batch.lines';--> statement-breakpoint
CREATE INDEX "webhook_events_leased" ON "webhook_events" USING btree ("endpoint_id") WHERE "webhook_events"."leased_until" is not null;--> statement-breakpoint
CREATE INDEX "webhook_events_failed" ON "webhook_events" USING btree ("endpoint_id","ended_at") WHERE "webhook_events"."state" = 'failed';--> statement-breakpoint
CREATE INDEX "webhook_events_at" ON "webhook_events" USING btree ("at");--> statement-breakpoint
CREATE INDEX "webhook_looks_due" ON "webhook_looks" USING btree ("look_at");--> statement-breakpoint
CREATE INDEX "webhook_tries_endpoint" ON "webhook_tries" USING btree ("endpoint_id","id");--> statement-breakpoint
CREATE INDEX "webhook_tries_failed" ON "webhook_tries" USING btree ("endpoint_id","id") WHERE not "webhook_tries"."taken";