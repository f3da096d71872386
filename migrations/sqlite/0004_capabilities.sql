-- What an administrator gave to plugins. It counts for one component, by its digest.
CREATE TABLE cowork_grants (
    plugin TEXT PRIMARY KEY,
    digest TEXT NOT NULL,                         -- BLAKE3 of the component
    publisher TEXT,                               -- the Ed25519 key that had signed it
    asked_json JSONB NOT NULL,                    -- what that component asked for
    given_json JSONB NOT NULL,                    -- what it was given
    granted_at TIMESTAMP NOT NULL
);

-- Every change of a grant. Rows are added, never changed or removed.
CREATE TABLE cowork_grant_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TIMESTAMP NOT NULL,
    plugin TEXT NOT NULL,
    digest TEXT NOT NULL,
    actor TEXT NOT NULL,                          -- who did it
    action TEXT NOT NULL,                         -- granted, revoked, carried over
    given_json JSONB NOT NULL,                    -- what the plugin had after it
    difference_json JSONB NOT NULL                -- what changed by it
);

CREATE TRIGGER cowork_grant_log_is_not_changed BEFORE UPDATE ON cowork_grant_log
BEGIN SELECT RAISE(ABORT, 'the log of grants is never changed'); END;
CREATE TRIGGER cowork_grant_log_is_not_cut BEFORE DELETE ON cowork_grant_log
BEGIN SELECT RAISE(ABORT, 'the log of grants is never cut'); END;

-- What tools may do at most, for one task and in one coworkspace. Null: no limit but the grant.
ALTER TABLE cowork_tasks ADD COLUMN limits_json JSONB;
ALTER TABLE coworkspaces ADD COLUMN limits_json JSONB;
-- What a call used: memory, processor time, bytes.
ALTER TABLE cowork_tool_calls ADD COLUMN usage_json JSONB;
