-- How a statement that assumes something says that it is not so: nothing of it may stay.
CREATE FUNCTION contradicted() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'something that was assumed is not so' USING ERRCODE = 'SA001';
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION contradicted FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION contradicted TO salio_app;
--> statement-breakpoint
COMMENT ON FUNCTION contradicted() IS 'Undoes the statement that calls it.';
