-- Hashes can't be compressed: trying took longer than storing them.
ALTER TABLE seal_leaves ALTER COLUMN leaves SET STORAGE EXTERNAL;
