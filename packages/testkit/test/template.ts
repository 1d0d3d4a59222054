import { Client } from 'pg';
import type { TemplateSpec } from '../src/index.ts';

/** A template as the ledger's migrations make one, in small: a table, the group roles, and what they may do. */
export const smallTemplate: TemplateSpec = {
  name: 'small',
  async migrate(ownerUrl) {
    const owner = new Client({ connectionString: ownerUrl });
    await owner.connect();
    await owner.query(`
      DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'salio_app') THEN CREATE ROLE salio_app NOLOGIN; END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'salio_ops') THEN CREATE ROLE salio_ops NOLOGIN; END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'salio_callbacks') THEN CREATE ROLE salio_callbacks NOLOGIN; END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'salio_reader') THEN CREATE ROLE salio_reader NOLOGIN; END IF;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'salio_retention') THEN CREATE ROLE salio_retention NOLOGIN; END IF;
      END $$;
      CREATE TABLE note (text text NOT NULL);
      INSERT INTO note VALUES ('from the template');
      GRANT SELECT, INSERT ON note TO salio_app;
      GRANT SELECT ON note TO salio_reader;
    `);
    await owner.end();
  },
};
