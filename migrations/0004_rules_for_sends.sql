CREATE TABLE "trusts" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "trusts_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"system_identifier" text NOT NULL,
	"timeline" integer NOT NULL,
	"operators" text[] NOT NULL,
	"reason" text
);
--> statement-breakpoint
CREATE TABLE "enquiries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "enquiries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"request_id" text NOT NULL,
	"status" text NOT NULL,
	"http_status" smallint,
	"reason" text,
	"body_sha256" "bytea" NOT NULL,
	"operator" text NOT NULL,
	CONSTRAINT "enquiries_status" CHECK ("enquiries"."status" in ('Queued','Sent','Success','Failed','unknown'))
);
--> statement-breakpoint
ALTER TABLE "batches" ADD COLUMN "paused_for" text;--> statement-breakpoint
ALTER TABLE "lines" ADD COLUMN "replay_by" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "resend_at" timestamp with time zone DEFAULT 'infinity' NOT NULL;--> statement-breakpoint
CREATE INDEX "enquiries_line" ON "enquiries" USING btree ("batch_no","seq");