-- What the portal's own roles may do on PostgreSQL. Run it as the owner of the tables (the role that migrates), after
-- every migration:
--
--   CREATE ROLE portal_app LOGIN PASSWORD '...';      -- web and worker: DATABASE_URL
--   CREATE ROLE portal_keeper LOGIN PASSWORD '...';   -- the sweep, and the commands of deploy/README.md
--   psql --set ON_ERROR_STOP=1 --file deploy/grants.sql
--
-- Neither role owns a table, so neither can switch off a trigger, and neither may TRUNCATE.

GRANT USAGE ON SCHEMA public TO portal_app, portal_keeper;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM portal_app, portal_keeper;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO portal_app, portal_keeper;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO portal_app, portal_keeper;

-- History is added to, never changed: the keeper passes the triggers only by saying why, and they write that down.
REVOKE UPDATE, DELETE ON feedback_concernupdate, feedback_readlog, feedback_closedmonth, feedback_figure FROM portal_app;
REVOKE INSERT, UPDATE, DELETE ON feedback_purgerecord FROM portal_app;
REVOKE UPDATE, DELETE ON feedback_purgerecord FROM portal_keeper;
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM portal_app, portal_keeper;
