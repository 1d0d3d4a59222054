CREATE TABLE "alarms" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "alarms_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"detail" text NOT NULL,
	"raised_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"cleared_at" timestamp with time zone,
	"told_raised_at" timestamp with time zone,
	"told_cleared_at" timestamp with time zone,
	"tell_after" timestamp with time zone DEFAULT now() NOT NULL,
	"tries" integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"prefix" text PRIMARY KEY NOT NULL,
	"person" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"person" text NOT NULL,
	"key" text NOT NULL,
	"operation" text NOT NULL,
	"request_hash" "bytea",
	"submission" uuid DEFAULT gen_random_uuid() NOT NULL,
	"status" integer,
	"answer" "bytea",
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"held_until" timestamp with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_person_key_pk" PRIMARY KEY("person","key")
);
--> statement-breakpoint
CREATE TABLE "people" (
	"name" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"roles" text[] NOT NULL,
	"source" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"disabled_at" timestamp with time zone,
	CONSTRAINT "people_name" CHECK ("people"."name" = lower("people"."name")),
	CONSTRAINT "people_kind" CHECK ("people"."kind" in ('person','system')),
	CONSTRAINT "people_roles" CHECK ("people"."roles" <@ array['submitter','operator','approver','auditor','admin']),
	CONSTRAINT "people_systems" CHECK ("people"."kind" = 'person' or "people"."roles" <@ array['submitter','auditor'])
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_person_people_name_fk" FOREIGN KEY ("person") REFERENCES "public"."people"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "people" ADD CONSTRAINT "people_source_sources_name_fk" FOREIGN KEY ("source") REFERENCES "public"."sources"("name") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "alarms_open" ON "alarms" USING btree ("kind","subject") WHERE "alarms"."cleared_at" is null;--> statement-breakpoint
CREATE INDEX "alarms_raised_at" ON "alarms" USING btree ("raised_at");--> statement-breakpoint
CREATE INDEX "alarms_untold" ON "alarms" USING btree ("tell_after") WHERE "alarms"."told_raised_at" is null or ("alarms"."cleared_at" is not null and "alarms"."told_cleared_at" is null);--> statement-breakpoint
CREATE INDEX "api_keys_person" ON "api_keys" USING btree ("person");--> statement-breakpoint
CREATE INDEX "idempotency_keys_created_at" ON "idempotency_keys" USING btree ("created_at");