package import Postgres
import TenureKernel

/// Checks the login that serves.
///
/// One that row-level security does not apply to, or that can take a role like that, would see all
/// tenants' rows.
package enum ServingLogin {
  /// What is wrong with the login of a session, in words; nil where nothing is.
  ///
  /// It checks the login, the session's role, and every role that either can take, through any
  /// number of roles.
  package static func danger(_ session: BlockingSession) throws -> String? {
    try session.run(
      """
      SELECT format('the login %I %s', session_user, CASE
        WHEN reach.rolname IN (session_user, current_user) THEN why
        ELSE format('may become %I, which %s', reach.rolname, why) END)
      FROM pg_catalog.pg_roles AS reach
      CROSS JOIN LATERAL (SELECT CASE
        WHEN reach.rolsuper THEN 'is a superuser'
        WHEN reach.rolbypassrls THEN 'is not bound by row-level security'
        WHEN reach.rolcreaterole THEN 'may make roles'
        WHEN reach.rolreplication THEN 'may copy the whole database'
        WHEN reach.rolname IN ('tenure_owner', 'tenure_router', 'tenure_recorder') OR reach.oid IN (
          SELECT nspowner FROM pg_catalog.pg_namespace WHERE nspname IN ('tenure', 'tenure_global')
          UNION SELECT p.proowner FROM pg_catalog.pg_proc AS p
          JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
          WHERE n.nspname IN ('tenure', 'tenure_global'))
          THEN 'owns what the walls are made of'
        -- Predefined roles (PostgreSQL 15, chapter 22.5) that reach data or the server's files.
        WHEN reach.rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_read_server_files',
          'pg_write_server_files', 'pg_execute_server_program') THEN 'reaches everybody''s data'
        END) AS reason (why)
      WHERE why IS NOT NULL
        AND (pg_has_role(session_user, reach.oid, 'MEMBER')
          OR pg_has_role(current_user, reach.oid, 'MEMBER'))
      ORDER BY reach.rolname NOT IN (session_user, current_user), reach.rolname
      LIMIT 1
      """
    ).first
  }

  /// Throws where the login has, or can take, rights that the service must not serve with.
  static func check(_ session: BlockingSession) throws {
    guard let danger = try danger(session) else { return }
    throw ServiceFailure(
      description:
        "\(danger): nobody is served by it. Let database_url log in as tenure_app, or as a "
        + "member of tenure_app and of nothing else, and give the owner's login to migrate_url")
  }
}
