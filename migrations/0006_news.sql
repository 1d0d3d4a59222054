CREATE TABLE "seal_leaves" (
	"seal_no" integer NOT NULL,
	"table_name" text NOT NULL,
	"leaves" "bytea" NOT NULL,
	CONSTRAINT "seal_leaves_seal_no_table_name_pk" PRIMARY KEY("seal_no","table_name")
);
--> statement-breakpoint
CREATE TABLE "seals" (
	"no" integer PRIMARY KEY NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"chain" integer NOT NULL,
	"form" smallint NOT NULL,
	"previous_hash" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"system_identifier" text NOT NULL,
	"timeline" integer NOT NULL,
	"facts" integer NOT NULL,
	"ranges" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "adoptions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "adoptions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"request_id" text NOT NULL,
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"attempt_no" smallint NOT NULL,
	"enquiry_id" bigint,
	"decision_id" bigint
);
--> statement-breakpoint
CREATE TABLE "decision_lines" (
	"fact_no" bigint GENERATED ALWAYS AS IDENTITY (sequence name "decision_lines_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"decision_id" bigint NOT NULL,
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"attempt_no" smallint NOT NULL,
	CONSTRAINT "decision_lines_decision_id_batch_no_seq_pk" PRIMARY KEY("decision_id","batch_no","seq")
);
--> statement-breakpoint
CREATE TABLE "decisions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "decisions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"operator" text NOT NULL,
	"verdict" text NOT NULL,
	"reason" text NOT NULL,
	"confirms" bigint,
	"selection" jsonb NOT NULL,
	"lines" integer NOT NULL,
	"sums" jsonb NOT NULL,
	CONSTRAINT "decisions_verdict" CHECK ("decisions"."verdict" in ('paid','unpaid'))
);
--> statement-breakpoint
CREATE TABLE "inbox" (
	"notification_id" bigint PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"request_id" text NOT NULL,
	"status" text NOT NULL,
	"msisdn" text,
	"currency" text,
	"amount" bigint,
	"received_at" timestamp with time zone DEFAULT now() NOT NULL,
	"look_at" timestamp with time zone DEFAULT now() NOT NULL,
	"waits_from" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notification_bodies" (
	"notification_id" bigint PRIMARY KEY NOT NULL,
	"msisdn" text,
	"content_type" text NOT NULL,
	"body" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "notifications" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notifications_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"account" text NOT NULL,
	"request_id" text,
	"status" text,
	"description" text,
	"amount" bigint,
	"amount_currency" text,
	"discount" bigint,
	"discount_currency" text,
	"unreadable" text,
	"body_sha256" "bytea" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "permits" (
	"fact_no" bigint GENERATED ALWAYS AS IDENTITY (sequence name "permits_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"attempt_id" bigint NOT NULL,
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"account" text NOT NULL,
	"transaction_id" text NOT NULL,
	CONSTRAINT "permits_attempt_id_batch_no_seq_pk" PRIMARY KEY("attempt_id","batch_no","seq")
);
--> statement-breakpoint
CREATE TABLE "resolutions" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "resolutions_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"batch_no" integer NOT NULL,
	"seq" integer NOT NULL,
	"attempt_no" smallint NOT NULL,
	"from_state" text NOT NULL,
	"to_state" text NOT NULL,
	"evidence" text NOT NULL,
	"evidence_id" bigint,
	"request_id" text,
	CONSTRAINT "resolutions_evidence" CHECK ("resolutions"."evidence" in ('answer','notification','enquiry','adoption','statement','decision','silence'))
);
--> statement-breakpoint
CREATE TABLE "validation_bodies" (
	"validation_id" bigint PRIMARY KEY NOT NULL,
	"content_type" text NOT NULL,
	"body" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "validations" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "validations_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"account" text NOT NULL,
	"transaction_id" text,
	"currency" text,
	"amount" bigint,
	"source_address" text,
	"answer" text NOT NULL,
	"reason" text NOT NULL,
	"attempt_id" bigint,
	"batch_no" integer,
	"seq" integer,
	"body_sha256" "bytea" NOT NULL,
	CONSTRAINT "validations_answer" CHECK ("validations"."answer" in ('yes','no'))
);
--> statement-breakpoint
ALTER TABLE "enquiries" ALTER COLUMN "batch_no" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "enquiries" ALTER COLUMN "seq" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "batch_sums" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "batch_sums_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "ledgers" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "ledgers_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "line_references" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "line_references_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "pages" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "pages_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "rejections" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "rejections_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "chunks" ADD COLUMN "look_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "answers" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "answers_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "attempt_lines" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "attempt_lines_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "attempts_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "endings" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "endings_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
ALTER TABLE "sends" ADD COLUMN "fact_no" bigint NOT NULL GENERATED ALWAYS AS IDENTITY (sequence name "sends_fact_no_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1);--> statement-breakpoint
CREATE UNIQUE INDEX "seals_previous_hash" ON "seals" USING btree ("previous_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "seals_hash" ON "seals" USING btree ("hash");--> statement-breakpoint
CREATE UNIQUE INDEX "adoptions_request_id" ON "adoptions" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "adoptions_line" ON "adoptions" USING btree ("batch_no","seq");--> statement-breakpoint
CREATE INDEX "decision_lines_line" ON "decision_lines" USING btree ("batch_no","seq");--> statement-breakpoint
CREATE UNIQUE INDEX "decisions_confirms" ON "decisions" USING btree ("confirms");--> statement-breakpoint
CREATE INDEX "inbox_look_at" ON "inbox" USING btree ("look_at");--> statement-breakpoint
CREATE INDEX "inbox_waits_from" ON "inbox" USING btree ("account","waits_from");--> statement-breakpoint
CREATE INDEX "inbox_request_id" ON "inbox" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "inbox_wish" ON "inbox" USING btree ("msisdn","currency","amount");--> statement-breakpoint
CREATE INDEX "notifications_request_id" ON "notifications" USING btree ("request_id") WHERE "notifications"."request_id" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "permits_transaction" ON "permits" USING btree ("account","transaction_id");--> statement-breakpoint
CREATE INDEX "resolutions_line" ON "resolutions" USING btree ("batch_no","seq");--> statement-breakpoint
CREATE INDEX "validations_line" ON "validations" USING btree ("batch_no","seq");--> statement-breakpoint
CREATE INDEX "chunks_look_at" ON "chunks" USING btree ("look_at") WHERE "chunks"."look_at" is not null;--> statement-breakpoint
CREATE INDEX "discrepancies_line" ON "discrepancies" USING btree ("batch_no","seq");--> statement-breakpoint
CREATE INDEX "enquiries_request_id" ON "enquiries" USING btree ("request_id");