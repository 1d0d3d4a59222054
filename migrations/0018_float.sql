CREATE TABLE "cap_uses" (
	"bucket" timestamp with time zone NOT NULL,
	"amount" bigint NOT NULL,
	"folded" boolean DEFAULT false NOT NULL,
	"account" text NOT NULL,
	"source" text NOT NULL,
	"currency" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "caps" (
	"name" text PRIMARY KEY NOT NULL,
	"per" text NOT NULL,
	"period" text,
	"zone" text DEFAULT 'UTC' NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"source" text,
	"enabled" boolean DEFAULT true NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"operator" text NOT NULL,
	CONSTRAINT "caps_per" CHECK ("caps"."per" in ('batch','source','account','recipient')),
	CONSTRAINT "caps_period" CHECK ("caps"."period" in ('day','week','month')),
	CONSTRAINT "caps_when" CHECK (("caps"."per" = 'batch') = ("caps"."period" is null)),
	CONSTRAINT "caps_amount" CHECK ("caps"."amount" >= 0)
);
--> statement-breakpoint
CREATE TABLE "float_sums" (
	"funded" bigint NOT NULL,
	"reserved" bigint NOT NULL,
	"spent" bigint NOT NULL,
	"due" bigint NOT NULL,
	"folded" boolean DEFAULT false NOT NULL,
	"account" text NOT NULL,
	"currency" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "floats" (
	"account" text NOT NULL,
	"currency" text NOT NULL,
	"enforced" boolean DEFAULT false NOT NULL,
	"low" bigint,
	"version" integer DEFAULT 1 NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"operator" text NOT NULL,
	CONSTRAINT "floats_account_currency_pk" PRIMARY KEY("account","currency")
);
--> statement-breakpoint
CREATE TABLE "postings" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "postings_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	"opened_at" timestamp with time zone,
	"funded" bigint DEFAULT 0 NOT NULL,
	"reserved" bigint DEFAULT 0 NOT NULL,
	"spent" bigint DEFAULT 0 NOT NULL,
	"due" bigint DEFAULT 0 NOT NULL,
	"used" bigint DEFAULT 0 NOT NULL,
	"batch_no" integer,
	"lines" integer DEFAULT 0 NOT NULL,
	"account" text NOT NULL,
	"currency" text NOT NULL,
	"kind" text NOT NULL,
	"reference" text,
	"operator" text,
	"reason" text,
	CONSTRAINT "postings_kind" CHECK ("postings"."kind" in ('reserve','void','post','adjust','refund_expected','refund_withdrawn','late','top_up','withdrawal','refund','write_off'))
);
--> statement-breakpoint
ALTER TABLE "lines" ADD COLUMN "charge" text;--> statement-breakpoint
ALTER TABLE "controls" ADD COLUMN "limited" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "cap_uses_bucket" ON "cap_uses" USING btree ("currency","bucket");--> statement-breakpoint
CREATE INDEX "cap_uses_unfolded" ON "cap_uses" USING btree ("bucket") WHERE not "cap_uses"."folded";--> statement-breakpoint
CREATE INDEX "float_sums_account" ON "float_sums" USING btree ("account","currency");--> statement-breakpoint
CREATE INDEX "float_sums_unfolded" ON "float_sums" USING btree ("account") WHERE not "float_sums"."folded";--> statement-breakpoint
CREATE INDEX "postings_batch" ON "postings" USING btree ("batch_no");--> statement-breakpoint
CREATE UNIQUE INDEX "postings_reference" ON "postings" USING btree ("account","kind","reference") WHERE "postings"."reference" is not null;--> statement-breakpoint
ALTER TABLE "lines" ADD CONSTRAINT "lines_charge" CHECK ("lines"."charge" in ('reserved','charged','due'));